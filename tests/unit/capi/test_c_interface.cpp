// The C interface compared with the C++ one, and tested with everything that a caller can get wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "dpmd/dpmd.h"
#include "dpmd/potential.hpp"
#include "support/host_atoms.hpp"
#include "support/model_files.hpp"
#include "support/random_models.hpp"
#include "support/random_systems.hpp"
#include "support/temporary_file.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::Host;
using testing::Random;

template <class T>
T sized() {
    T out{};
    out.struct_size = sizeof(T);
    return out;
}

/// Two random models in files, and the same loaded through both interfaces.
class CInterface : public ::testing::Test {
protected:
    CInterface() {
        for (int k = 0; k < 2; ++k) {
            testing::ModelRecipe recipe;
            recipe.sel = {300, 300};
            paths_.push_back(folder_ / concat("model_", k, ".dpmd"));
            const auto bytes = testing::model_parts(testing::random_model(recipe, std::uint64_t(7 + k))).bytes();
            std::ofstream(paths_.back(), std::ios::binary)
                .write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
            names_.push_back(paths_.back().c_str());
            PotentialOptions options;
            options.threads = 2;
            potentials_.push_back(std::make_unique<Potential>(paths_.back(), options));
        }
        auto options = sized<dpmd_options>();
        options.threads = 2;
        EXPECT_EQ(dpmd_load(names_.data(), 2, &options, &engine_), DPMD_OK) << dpmd_last_error();
    }
    ~CInterface() override { dpmd_free(engine_); }

    Result expected(int model, const System& system) {
        return potentials_[std::size_t(model)]->compute({system.positions, system.types, system.box, {}, {}}, true);
    }

    testing::TemporaryDirectory folder_;
    std::vector<std::string> paths_;
    std::vector<const char*> names_;
    std::vector<std::unique_ptr<Potential>> potentials_;
    dpmd_engine* engine_ = nullptr;
};

/// Room for all results of two models.
struct Outputs {
    Outputs(std::size_t n_frames, std::size_t n_owned, std::size_t n)
        : energies(2 * n_frames),
          forces(2 * n_frames * 3 * n),
          virials(2 * n_frames * 9),
          atom_energies(2 * n_frames * n_owned),
          atom_virials(2 * n_frames * 9 * n) {
        result = {sizeof result,  energies.data(),      forces.data(),
                  virials.data(), atom_energies.data(), atom_virials.data()};
    }
    std::vector<double> energies, forces, virials, atom_energies, atom_virials;
    dpmd_result result;
};

template <class A, class B>
void expect_equal_block(const A& got, std::size_t block, const B& expected) {
    ASSERT_LE((block + 1) * expected.size(), got.size());
    for (std::size_t k = 0; k < expected.size(); ++k) ASSERT_EQ(got[block * expected.size() + k], expected[k]);
}

TEST_F(CInterface, ComputesFramesAsPotentialsDo) {
    const System one = testing::random_system(testing::box_kind("triclinic"), 30, 2, 0.9, 1, true);
    System two = one;
    for (double& x : two.positions) x += 0.01;
    for (double& x : two.box.cell) x *= 1.05;
    std::vector<double> positions = one.positions, cells(one.box.cell.begin(), one.box.cell.end());
    positions.insert(positions.end(), two.positions.begin(), two.positions.end());
    cells.insert(cells.end(), two.box.cell.begin(), two.box.cell.end());
    auto frames = sized<dpmd_frames>();
    frames.n_frames = 2;
    frames.n_atoms = one.n();
    frames.positions = positions.data();
    frames.types = one.types.data();
    frames.cells = cells.data();
    const auto n = std::size_t(one.n());
    Outputs out(2, n, n);

    ASSERT_EQ(dpmd_compute(engine_, &frames, &out.result), DPMD_OK) << dpmd_last_error();

    for (int m = 0; m < 2; ++m)
        for (int f = 0; f < 2; ++f) {
            const Result wanted = expected(m, f == 0 ? one : two);
            const auto block = std::size_t(2 * m + f);
            EXPECT_EQ(out.energies[block], wanted.energy);
            expect_equal_block(out.forces, block, wanted.forces);
            expect_equal_block(out.virials, block, wanted.virial);
            expect_equal_block(out.atom_energies, block, wanted.atom_energies);
            expect_equal_block(out.atom_virials, block, wanted.atom_virials);
        }
}

TEST_F(CInterface, RefusesASecondThreadWhileOneComputes) {
    const System system = testing::random_system(testing::box_kind("triclinic"), 30, 2, 0.9, 1, true);
    auto frames = sized<dpmd_frames>();
    frames.n_frames = 1;
    frames.n_atoms = system.n();
    frames.positions = system.positions.data();
    frames.types = system.types.data();
    frames.cells = system.box.cell.data();
    const Result wanted = expected(0, system);
    std::atomic<bool> was_refused = false;

    const auto compute = [&] {  // until one of the two calls was refused
        const auto n = std::size_t(system.n());
        while (!was_refused) {
            Outputs out(1, n, n);
            if (dpmd_compute(engine_, &frames, &out.result) == DPMD_OK) {
                EXPECT_EQ(out.energies[0], wanted.energy);
                continue;
            }
            EXPECT_NE(std::strstr(dpmd_last_error(), "another thread is computing with this engine"), nullptr);
            was_refused = true;
        }
    };
    std::thread other(compute);
    compute();
    other.join();
}

TEST(CDevices, AreCountedByKind) {
    int32_t n = 0;
    for (const Device& device : devices()) n += device.unusable.empty() && device.name.starts_with("cuda:") ? 1 : 0;
    EXPECT_EQ(dpmd_device_count("cuda"), n);
    EXPECT_EQ(dpmd_device_count("abacus"), 0);
    EXPECT_EQ(dpmd_device_count(nullptr), 0);
}

TEST_F(CInterface, TellsHowFarModelsDisagree) {
    const double forces[12] = {1, 0, 0, 0, 3, 4, -1, 0, 0, 0, -3, 4};
    double of_atoms[2], of_virial[9];
    ASSERT_EQ(dpmd_force_deviation(2, 2, forces, -1, of_atoms), DPMD_OK);
    EXPECT_EQ(of_atoms[0], 1);
    EXPECT_EQ(of_atoms[1], 3);
    ASSERT_EQ(dpmd_force_deviation(2, 2, forces, 0.5, of_atoms), DPMD_OK);
    EXPECT_DOUBLE_EQ(of_atoms[1], 3 / 4.5);
    const double virials[18] = {2, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 6};
    ASSERT_EQ(dpmd_virial_deviation(2, 4, virials, -1, of_virial), DPMD_OK);
    EXPECT_EQ(of_virial[0], 0.25);
    EXPECT_EQ(of_virial[8], 0);

    EXPECT_EQ(dpmd_force_deviation(0, 2, forces, -1, of_atoms), DPMD_INPUT_ERROR);
    EXPECT_EQ(dpmd_force_deviation(2, -2, forces, -1, of_atoms), DPMD_INPUT_ERROR);
    EXPECT_EQ(dpmd_force_deviation(2, 2, nullptr, -1, of_atoms), DPMD_INPUT_ERROR);
    EXPECT_EQ(dpmd_force_deviation(2, 2, forces, -1, nullptr), DPMD_INPUT_ERROR);
    EXPECT_EQ(dpmd_virial_deviation(2, 0, virials, -1, of_virial), DPMD_INPUT_ERROR);
    EXPECT_EQ(dpmd_virial_deviation(2, 4, nullptr, -1, of_virial), DPMD_INPUT_ERROR);
    EXPECT_EQ(dpmd_virial_deviation(2, 4, virials, -1, nullptr), DPMD_INPUT_ERROR);
    EXPECT_EQ(dpmd_force_deviation(2, 0, nullptr, -1, nullptr), DPMD_OK) << "a rank may have no atoms";
}

TEST_F(CInterface, ComputesOnListsOfTheHostWhateverTheyAreLike) {
    std::uint64_t seed = 0;
    for (const auto& kind : testing::box_kinds())
        for (const bool half : {false, true})
            for (const std::int32_t flags : {0, 0x60000000}) {
                SCOPED_TRACE(::testing::Message() << kind.name << " half " << half << " flags " << flags);
                const System system = testing::random_system(kind, 25, 2, 0.9, ++seed);
                const Host host(system, 4.0 + 0.3 * double(seed % 5), half, flags, seed);
                auto neighbors = host.neighbors();
                neighbors.half = half;
                neighbors.index_mask = flags == 0 ? 0 : 0x1fffffff;
                auto local = sized<dpmd_local>();
                local.positions = host.positions.data();
                const auto n = std::size_t(host.n_owned), n_total = std::size_t(host.n_total);
                Outputs out(1, n, n_total);

                ASSERT_EQ(dpmd_set_neighbors(engine_, &neighbors), DPMD_OK) << dpmd_last_error();
                ASSERT_EQ(dpmd_compute_local(engine_, &local, &out.result), DPMD_OK) << dpmd_last_error();

                for (int m = 0; m < 2; ++m) {
                    const Result wanted = expected(m, system);
                    EXPECT_NEAR(out.energies[std::size_t(m)], wanted.energy, 1e-10);
                    std::vector<double> forces(3 * n, 0.0);
                    for (std::size_t k = 0; k < n_total; ++k) {
                        const auto place = k < n ? k : std::size_t(host.ghost_owner[k - n]);
                        for (std::size_t c = 0; c < 3; ++c)
                            forces[3 * std::size_t(host.order[place]) + c] +=
                                out.forces[std::size_t(m) * 3 * n_total + 3 * k + c];
                    }
                    for (std::size_t k = 0; k < 3 * n; ++k) ASSERT_NEAR(forces[k], wanted.forces[k], 1e-9);
                    for (std::size_t k = 0; k < 9; ++k)
                        EXPECT_NEAR(out.virials[std::size_t(m) * 9 + k], wanted.virial[k], 1e-9);
                    for (std::size_t k = 0; k < n; ++k)
                        ASSERT_NEAR(out.atom_energies[std::size_t(m) * n + k],
                                    wanted.atom_energies[std::size_t(host.order[k])], 1e-11);
                }
            }
}

TEST_F(CInterface, ListsServeWhileAtomsMove) {
    System system = testing::random_system(testing::box_kind("open"), 40, 2, 0.9, 31);
    const Host host(system, 5.0, false, 0, 1);
    const auto neighbors = host.neighbors();
    ASSERT_EQ(dpmd_set_neighbors(engine_, &neighbors), DPMD_OK) << dpmd_last_error();
    Random random(3);
    std::vector<double> now = host.positions;
    for (int step = 0; step < 5; ++step) {
        for (double& x : now) x += random.uniform(-0.05, 0.05);
        auto local = sized<dpmd_local>();
        local.positions = now.data();
        Outputs out(1, std::size_t(host.n_owned), std::size_t(host.n_total));
        ASSERT_EQ(dpmd_compute_local(engine_, &local, &out.result), DPMD_OK) << dpmd_last_error();
        for (std::int32_t k = 0; k < host.n_owned; ++k)
            std::copy_n(now.data() + 3 * k, 3, system.positions.data() + 3 * host.order[std::size_t(k)]);
        EXPECT_NEAR(out.energies[0], expected(0, system).energy, 1e-10);
    }
}

/// Every third atom is virtual; the others are alone.
TEST_F(CInterface, TakesTypesBehindTheLastForVirtualAtoms) {
    System system = testing::random_system(testing::box_kind("orthogonal"), 30, 2, 0.9, 17), without;
    without.box = system.box;
    for (std::size_t k = 0; k < system.types.size(); ++k) {
        if (k % 3 == 0) {
            system.types[k] = k % 2 == 0 ? 2 : 1000;
            continue;
        }
        without.types.push_back(system.types[k]);
        without.positions.insert(without.positions.end(), &system.positions[3 * k], &system.positions[3 * k] + 3);
    }
    const Result wanted = expected(0, without);
    const auto n = std::size_t(system.n());
    auto frames = sized<dpmd_frames>();
    frames.n_frames = 1;
    frames.n_atoms = system.n();
    frames.positions = system.positions.data();
    frames.types = system.types.data();
    frames.cells = system.box.cell.data();
    Outputs out(1, n, n);

    ASSERT_EQ(dpmd_compute(engine_, &frames, &out.result), DPMD_OK) << dpmd_last_error();

    EXPECT_NEAR(out.energies[0], wanted.energy, 1e-10);
    std::size_t next = 0;
    for (std::size_t k = 0; k < n; ++k) {
        const bool is_virtual = k % 3 == 0;
        EXPECT_NEAR(out.atom_energies[k], is_virtual ? 0 : wanted.atom_energies[next], 1e-11);
        for (std::size_t c = 0; c < 3; ++c)
            EXPECT_NEAR(out.forces[3 * k + c], is_virtual ? 0 : wanted.forces[3 * next + c], 1e-9);
        next += is_virtual ? 0 : 1;
    }

    std::vector<std::int32_t> known = system.types;
    std::ranges::replace_if(
        known, [](std::int32_t type) { return type > 1; }, 0);
    System listed = system;
    listed.types = known;
    Host host(listed, 4.5, false, 0, 3);
    for (std::size_t k = 0; k < host.types.size(); ++k) {
        const auto owner = k < n ? k : std::size_t(host.ghost_owner[k - n]);
        host.types[k] = system.types[std::size_t(host.order[owner])];
    }
    const auto neighbors = host.neighbors();
    auto local = sized<dpmd_local>();
    local.positions = host.positions.data();
    Outputs by_lists(1, n, std::size_t(host.n_total));
    ASSERT_EQ(dpmd_set_neighbors(engine_, &neighbors), DPMD_OK) << dpmd_last_error();
    ASSERT_EQ(dpmd_compute_local(engine_, &local, &by_lists.result), DPMD_OK) << dpmd_last_error();
    EXPECT_NEAR(by_lists.energies[0], wanted.energy, 1e-10);
}

TEST_F(CInterface, SaysWhatTheModelsAre) {
    auto info = sized<dpmd_info>();
    ASSERT_EQ(dpmd_query(engine_, &info), DPMD_OK);
    EXPECT_EQ(info.n_models, 2);
    EXPECT_EQ(info.n_types, 2);
    EXPECT_EQ(info.cutoff, 4.0);
    EXPECT_STREQ(dpmd_type_name(engine_, 1), potentials_[0]->info().type_map[1].c_str());
    EXPECT_EQ(dpmd_type_name(engine_, 2), nullptr);
    EXPECT_EQ(dpmd_type_name(engine_, -1), nullptr);
    EXPECT_STREQ(dpmd_version(), DPMD_VERSION);
}

TEST_F(CInterface, KnowsOlderAndNewerCallers) {
    struct Newer {
        dpmd_info info;
        std::int64_t more;
    } newer{};
    newer.info.struct_size = sizeof newer;
    EXPECT_EQ(dpmd_query(engine_, &newer.info), DPMD_OK);
    EXPECT_EQ(newer.more, 0);
    auto older = sized<dpmd_info>();
    older.struct_size = offsetof(dpmd_info, cutoff);
    older.cutoff = -3;
    EXPECT_EQ(dpmd_query(engine_, &older), DPMD_OK);
    EXPECT_EQ(older.n_types, 2);
    EXPECT_EQ(older.cutoff, -3) << "written behind the end of what the caller has";

    struct NewerOptions {
        dpmd_options options;
        std::int64_t wish;
    } wishes{};
    wishes.options.struct_size = sizeof wishes;
    dpmd_engine* loaded = nullptr;
    EXPECT_EQ(dpmd_load(names_.data(), 1, &wishes.options, &loaded), DPMD_OK) << dpmd_last_error();
    dpmd_free(loaded);
    wishes.wish = 5;
    EXPECT_EQ(dpmd_load(names_.data(), 1, &wishes.options, &loaded), DPMD_INPUT_ERROR);
    EXPECT_NE(std::string(dpmd_last_error()).find("newer libdpmd"), std::string::npos);
    EXPECT_EQ(loaded, nullptr);
}

/// Expects that the call fails as the caller's mistake, with `part` in the text.
void expect_refused(int status, const std::string& part) {
    EXPECT_EQ(status, DPMD_INPUT_ERROR) << dpmd_last_error();
    EXPECT_NE(std::string(dpmd_last_error()).find(part), std::string::npos) << dpmd_last_error();
}

TEST_F(CInterface, RefusesWhatDoesNotLoad) {
    dpmd_engine* loaded = reinterpret_cast<dpmd_engine*>(8);
    const char* nothing = nullptr;
    const char* missing = "/nowhere/model.dpmd";
    expect_refused(dpmd_load(nullptr, 1, nullptr, &loaded), "paths is NULL");
    EXPECT_EQ(loaded, nullptr);
    expect_refused(dpmd_load(&nothing, 1, nullptr, &loaded), "a path is NULL");
    expect_refused(dpmd_load(&missing, 1, nullptr, &loaded), missing);
    expect_refused(dpmd_load(names_.data(), 0, nullptr, &loaded), "n_models = 0");
    expect_refused(dpmd_load(names_.data(), 1, nullptr, nullptr), "engine is NULL");
    auto options = sized<dpmd_options>();
    options.precision = "quadruple";
    expect_refused(dpmd_load(names_.data(), 1, &options, &loaded), "quadruple");
    options = {};
    expect_refused(dpmd_load(names_.data(), 1, &options, &loaded), "struct_size = 0");
    testing::ModelRecipe recipe;
    recipe.n_types = 3;
    const std::string other = folder_ / "other.dpmd";
    const auto bytes = testing::model_parts(testing::random_model(recipe, 9)).bytes();
    std::ofstream(other, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
    const char* both[2] = {names_[0], other.c_str()};
    expect_refused(dpmd_load(both, 2, nullptr, &loaded), "other types");
    options = sized<dpmd_options>();
    options.device = "hip:0";
    EXPECT_EQ(dpmd_load(names_.data(), 1, &options, &loaded), DPMD_DEVICE_ERROR);
}

TEST_F(CInterface, ComputesOnlyTheFirstModelWhenAsked) {
    const System system = testing::random_system(testing::box_kind("open"), 30, 2, 0.9, 8);
    const Host host(system, 5.0, false, 0, 1);
    const auto neighbors = host.neighbors();
    ASSERT_EQ(dpmd_set_neighbors(engine_, &neighbors), DPMD_OK) << dpmd_last_error();
    auto local = sized<dpmd_local>();
    local.positions = host.positions.data();
    Outputs both(1, std::size_t(host.n_owned), std::size_t(host.n_total)), one = both;
    one.result.energies = one.energies.data();
    one.result.forces = one.forces.data();
    one.result.virials = one.virials.data();
    one.result.atom_energies = one.atom_energies.data();
    one.result.atom_virials = one.atom_virials.data();
    ASSERT_EQ(dpmd_compute_local(engine_, &local, &both.result), DPMD_OK) << dpmd_last_error();
    local.n_models = 1;
    ASSERT_EQ(dpmd_compute_local(engine_, &local, &one.result), DPMD_OK) << dpmd_last_error();

    EXPECT_EQ(one.energies[0], both.energies[0]);
    EXPECT_NE(both.energies[1], 0);
    EXPECT_EQ(one.energies[1], 0) << "the second model was not asked";
    EXPECT_TRUE(std::equal(one.forces.begin(), one.forces.begin() + 3 * host.n_total, both.forces.begin()));
    local.n_models = 3;
    expect_refused(dpmd_compute_local(engine_, &local, &one.result), "n_models = 3");
    local.n_models = -1;
    expect_refused(dpmd_compute_local(engine_, &local, &one.result), "n_models = -1");
}

TEST_F(CInterface, RefusesBadAtomsAndLists) {
    const System system = testing::random_system(testing::box_kind("orthogonal"), 20, 2, 0.9, 5);
    Host host(system, 4.5, false, 0, 1);
    auto local = sized<dpmd_local>();
    local.positions = host.positions.data();
    auto result = sized<dpmd_result>();
    expect_refused(dpmd_compute_local(engine_, &local, &result), "dpmd_set_neighbors");
    const auto refuse = [&](auto&& spoil, const std::string& part) {
        auto bad = host.neighbors();
        spoil(bad);
        expect_refused(dpmd_set_neighbors(engine_, &bad), part);
        expect_refused(dpmd_compute_local(engine_, &local, &result), "set");
    };
    refuse([](dpmd_neighbors& n) { n.positions = nullptr; }, "positions is NULL");
    refuse([](dpmd_neighbors& n) { n.types = nullptr; }, "types is NULL");
    refuse([](dpmd_neighbors& n) { n.counts = nullptr; }, "counts is NULL");
    refuse([](dpmd_neighbors& n) { n.lists = nullptr; }, "lists is NULL");
    refuse([](dpmd_neighbors& n) { n.n_owned = -1; }, "n_owned = -1");
    refuse([](dpmd_neighbors& n) { n.n_lists = n.n_owned + 1; }, "neighbour lists for");
    refuse([](dpmd_neighbors& n) { n.struct_size = 3; }, "struct_size = 3");
    const std::int32_t negative = -1, beyond = 2;
    refuse([&](dpmd_neighbors& n) { n.first_type = &negative; }, "first_type = -1");
    refuse([&](dpmd_neighbors& n) { n.first_type = &beyond; }, "first_type = 2");
    std::vector<std::int32_t> types = host.types, counts = host.counts, atoms(host.counts.size(), 0);
    types[3] = -2;
    refuse([&](dpmd_neighbors& n) { n.types = types.data(); }, "types[3] = -2");
    counts[2] = -4;
    refuse([&](dpmd_neighbors& n) { n.counts = counts.data(); }, "counts[2] = -4");
    refuse([&](dpmd_neighbors& n) { n.atoms = atoms.data(); }, "two neighbour lists");
    host.lists[1][0] = host.n_total;
    refuse([](dpmd_neighbors&) {}, concat("names atom ", host.n_total));
    host.lists[1][0] = 1;
    refuse([](dpmd_neighbors&) {}, "names atom 1");
    host.positions[7] = std::numeric_limits<double>::quiet_NaN();
    refuse([](dpmd_neighbors&) {}, "positions[2][1]");
}

TEST_F(CInterface, RefusesCoordinatesWhoseDistancesNoKeyCanHold) {
    const System system = testing::random_system(testing::box_kind("orthogonal"), 20, 2, 0.9, 5);
    for (const double x : {1e300, -1e18, std::numeric_limits<double>::infinity(), std::nan("")}) {
        Host host(system, 4.5, false, 0, 1);
        const std::vector<double> good = host.positions;
        auto neighbors = host.neighbors();
        host.positions[7] = x;
        expect_refused(dpmd_set_neighbors(engine_, &neighbors), "positions[2][1] = ");

        host.positions = good;
        neighbors = host.neighbors();
        ASSERT_EQ(dpmd_set_neighbors(engine_, &neighbors), DPMD_OK) << dpmd_last_error();
        host.positions[7] = x;
        auto local = sized<dpmd_local>();
        local.positions = host.positions.data();
        auto result = sized<dpmd_result>();
        expect_refused(dpmd_compute_local(engine_, &local, &result), "positions[2][1] = ");
    }
}

TEST_F(CInterface, TakesAtomsAtTheFarthestCoordinates) {
    const System system = testing::random_system(testing::box_kind("orthogonal"), 20, 2, 0.9, 5);
    Host host(system, 4.5, false, 0, 1);
    host.positions[7] = 1e12;
    host.positions[16] = -1e12;
    const auto neighbors = host.neighbors();
    ASSERT_EQ(dpmd_set_neighbors(engine_, &neighbors), DPMD_OK) << dpmd_last_error();
    auto local = sized<dpmd_local>();
    local.positions = host.positions.data();
    Outputs out(1, std::size_t(host.n_owned), std::size_t(host.n_total));

    EXPECT_EQ(dpmd_compute_local(engine_, &local, &out.result), DPMD_OK) << dpmd_last_error();

    for (const double force : out.forces) EXPECT_TRUE(std::isfinite(force));
}

TEST_F(CInterface, RefusesBadFrames) {
    const System system = testing::random_system(testing::box_kind("orthogonal"), 10, 2, 0.9, 5);
    auto good = sized<dpmd_frames>();
    good.n_frames = 1;
    good.n_atoms = system.n();
    good.positions = system.positions.data();
    good.types = system.types.data();
    good.cells = system.box.cell.data();
    auto result = sized<dpmd_result>();
    EXPECT_EQ(dpmd_compute(engine_, &good, &result), DPMD_OK) << "nothing has to be wanted";
    const auto refuse = [&](auto&& spoil, const std::string& part) {
        auto bad = good;
        spoil(bad);
        expect_refused(dpmd_compute(engine_, &bad, &result), part);
    };
    refuse([](dpmd_frames& f) { f.positions = nullptr; }, "positions is NULL");
    refuse([](dpmd_frames& f) { f.types = nullptr; }, "types is NULL");
    refuse([](dpmd_frames& f) { f.n_atoms = -2; }, "n_atoms = -2");
    refuse([](dpmd_frames& f) { f.n_frames = -1; }, "n_frames = -1");
    const std::int32_t pbc[3] = {0, 1, 0};
    refuse([&](dpmd_frames& f) { f.cells = nullptr, f.pbc = pbc; }, "pbc[1] = 1, but cells is NULL");
    const std::vector<double> flat(9, 0.0);
    refuse([&](dpmd_frames& f) { f.cells = flat.data(); }, "cell vector 0 is zero");
    const std::vector<double> small{0.03, 0, 0, 0, 0.03, 0, 0, 0, 0.03};
    refuse([&](dpmd_frames& f) { f.cells = small.data(); }, "check the cell");
    std::vector<double> positions = system.positions;
    for (const double x : {1e300, std::nan("")}) {
        positions[4] = x;
        refuse([&](dpmd_frames& f) { f.positions = positions.data(); }, "position");
    }
    expect_refused(dpmd_compute(nullptr, &good, &result), "engine is NULL");
    expect_refused(dpmd_compute(engine_, nullptr, &result), "frames is NULL");
    expect_refused(dpmd_compute(engine_, &good, nullptr), "result is NULL");
}

TEST_F(CInterface, SurvivesListsOfNonsense) {
    const System system = testing::random_system(testing::box_kind("orthogonal"), 15, 2, 0.9, 5);
    Random random(11);
    int n_refused = 0, n_taken = 0;
    for (int round = 0; round < 300; ++round) {
        Host host(system, 4.2, false, 0, std::uint64_t(round));
        auto bad = host.neighbors();
        for (int k = random.below(3); k >= 0; --k) {
            const auto i = std::size_t(random.below(host.n_owned));
            if (!host.lists[i].empty())
                host.lists[i][std::size_t(random.below(int(host.lists[i].size())))] =
                    random.below(2 * host.n_total) - host.n_total / 2;
            host.types[std::size_t(random.below(host.n_total))] = random.below(5) - 2;
        }
        bad.index_mask = random.below(4) == 0 ? random.below(1 << 30) : 0;
        bad.half = random.below(2);
        const int status = dpmd_set_neighbors(engine_, &bad);
        auto local = sized<dpmd_local>();
        local.positions = host.positions.data();
        Outputs out(1, std::size_t(host.n_owned), std::size_t(host.n_total));
        if (status == DPMD_OK) (void)dpmd_compute_local(engine_, &local, &out.result);
        EXPECT_TRUE(status == DPMD_OK || status == DPMD_INPUT_ERROR) << dpmd_last_error();
        ++(status == DPMD_OK ? n_taken : n_refused);
    }
    EXPECT_GT(n_refused, 50);
    EXPECT_GT(n_taken, 5);
}

TEST_F(CInterface, KeepsErrorsApartByThread) {
    expect_refused(dpmd_query(nullptr, nullptr), "engine is NULL");
    std::thread([] { EXPECT_STREQ(dpmd_last_error(), ""); }).join();
    EXPECT_NE(std::string(dpmd_last_error()), "");
}

}  // namespace
}  // namespace dpmd
