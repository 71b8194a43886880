// Energies, forces and virials have the same bits on any number of ranks.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <vector>

#include "engine/choose_compression.hpp"
#include "parallel/shares.hpp"
#include "support/engine.hpp"
#include "support/expect_error.hpp"
#include "support/random_attention_models.hpp"
#include "support/random_hybrids.hpp"
#include "support/random_local_frames.hpp"
#include "support/random_pair_tables.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::EngineResult;
using testing::ModelRecipe;
using testing::Share;

/// One call on each rank, with results combined by ids; `steps` positions one after the other with the same list.
class RankEngines {
public:
    RankEngines(const ModelData& model, int n_ranks, double skin)
        : model_(std::make_shared<const ModelData>(model)), n_ranks_(n_ranks), skin_(skin) {}

    std::vector<EngineResult> compute(const std::vector<System>& steps) const {
        std::vector<EngineResult> out(steps.size());
        const auto n = std::size_t(steps[0].n());
        for (EngineResult& result : out) {
            result.forces.resize(3 * n);
            result.atom_energies.resize(n);
            result.atom_virials.resize(9 * n);
        }
        std::mutex mutex;
        run_thread_ranks(n_ranks_, [&](const std::shared_ptr<Communicator>& ranks) {
            const Lattice lattice(steps[0].box);
            const Share share = testing::share_of(steps[0], *ranks, lattice, traits_of(*model_).cutoff + skin_);
            ForceEngine engine({model_, Precision::fp64, OverflowPolicy::keep_nearest},
                               testing::make_test_backend("", 1), skin_, ranks);
            engine.set_decomposition(share.decomposition);
            for (std::size_t s = 0; s < steps.size(); ++s) {
                std::vector<double> positions;
                for (const std::int64_t id : share.ids)
                    positions.insert(positions.end(), steps[s].positions.begin() + 3 * id,
                                     steps[s].positions.begin() + 3 * id + 3);
                const auto mine = std::size_t(share.n());
                std::vector<double> forces(3 * mine), energies(mine), virials(9 * mine);
                ForceCall call;
                call.atoms = {share.n(), positions.data(), share.types.data(), share.ids.data()};
                call.lattice = Lattice(steps[s].box);
                call.first_type = std::max(steps[s].types.front(), std::int32_t(0));
                call.forces = forces.data();
                call.atom_energies = energies.data();
                call.atom_virials = virials.data();
                const ForceTotals totals = engine.compute(call);
                const std::lock_guard<std::mutex> lock(mutex);
                for (std::size_t k = 0; k < mine; ++k) {
                    const auto id = std::size_t(share.ids[k]);
                    std::copy_n(forces.data() + 3 * k, 3, out[s].forces.data() + 3 * id);
                    std::copy_n(virials.data() + 9 * k, 9, out[s].atom_virials.data() + 9 * id);
                    out[s].atom_energies[id] = energies[k];
                }
                out[s].energy = totals.energy;
                out[s].virial = totals.virial;
                out[s].rebuilt = totals.rebuilt;
            }
        });
        return out;
    }

private:
    std::shared_ptr<const ModelData> model_;
    int n_ranks_;
    double skin_;
};

class RankForces : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Ranks, RankForces, ::testing::Values(2, 3, 4, 8));

TEST_P(RankForces, HaveTheBitsOfOneRankInBoxesOfEveryKind) {
    ModelRecipe recipe;
    recipe.sel = {400, 400};
    const ModelData model = testing::random_model(recipe, 1);
    std::uint64_t seed = 20;
    for (const auto& kind : testing::box_kinds()) {
        SCOPED_TRACE(kind.name);
        const System system = testing::random_system(kind, 50, 2, 0.7, ++seed, true);
        const EngineResult one = testing::compute(*testing::make_engine(model), system);

        const EngineResult many = RankEngines(model, GetParam(), 0).compute({system})[0];

        EXPECT_EQ(many.energy, one.energy);
        EXPECT_EQ(many.virial, one.virial);
        EXPECT_EQ(many.forces, one.forces);
        EXPECT_EQ(many.atom_energies, one.atom_energies);
        EXPECT_EQ(many.atom_virials, one.atom_virials);
    }
}

TEST_P(RankForces, HaveThemWhileAListServesAndTheCellChanges) {
    const ModelData model = testing::random_model({}, 2);
    std::vector<System> steps{testing::random_system(testing::box_kind("triclinic"), 60, 2, 1.0, 3, true)};
    testing::Random random(4);
    for (int step = 1; step < 6; ++step) {
        System next = steps.back();
        for (double& x : next.positions) x += random.uniform(-0.03, 0.03);
        if (step > 3)
            for (double& x : next.box.cell) x *= 1.001;
        steps.push_back(next);
    }
    const auto alone = testing::make_engine(model, {"", 1, 1.0});

    const std::vector<EngineResult> many = RankEngines(model, GetParam(), 1.0).compute(steps);

    for (std::size_t s = 0; s < steps.size(); ++s) {
        const EngineResult one = testing::compute(*alone, steps[s]);
        EXPECT_EQ(one.rebuilt, s == 0);
        EXPECT_EQ(many[s], one) << "step " << s;
    }
}

/// A model of each kind: as trained, and compressed where tables apply.
std::vector<std::shared_ptr<const ModelData>> models_of_every_kind() {
    std::vector<ModelData> trained{testing::random_hybrid({}, 10), testing::random_frame_model({}, 11)};
    for (const testing::AttentionRecipe& recipe : testing::attention_recipes())
        if (recipe.base.n_aparam == 0) trained.push_back(testing::random_attention_model(recipe, 12));
    std::vector<std::shared_ptr<const ModelData>> out;
    for (ModelData& model : trained) {
        model.min_neighbor_distance = 0.9;
        out.push_back(std::make_shared<const ModelData>(model));
        const ChosenForm chosen = choose_compression(out.back(), Compression::moment, 1e-4, 1);
        if (chosen.report.refusal.empty()) out.push_back(chosen.model);
    }
    return out;
}

TEST_P(RankForces, HaveThemForModelsOfEveryKind) {
    const System system = testing::random_system(testing::box_kind("triclinic"), 40, 2, 0.9, 13, true);
    int n_compressed = 0;
    for (const auto& model : models_of_every_kind()) {
        const NetTerm& term = model->local().terms.front();
        SCOPED_TRACE(std::visit([](const auto& one) { return one.name; }, term.descriptors.front()));
        n_compressed += term.compressed != nullptr;
        ForceEngine engine({model, Precision::fp64, OverflowPolicy::keep_nearest}, testing::make_test_backend("", 2),
                           0);
        const EngineResult one = testing::compute(engine, system);

        EXPECT_EQ(RankEngines(*model, GetParam(), 0).compute({system})[0], one);
    }
    EXPECT_GT(n_compressed, 5);
}

TEST_P(RankForces, HaveThemWithAPairTableBesideNetsAndJoinedToThem) {
    const System system = testing::random_system(testing::box_kind("triclinic"), 50, 2, 0.9, 7, true);
    for (const ModelData& model : {testing::random_sum_with_table({}, 8), testing::random_bridged({}, 9)}) {
        const EngineResult one = testing::compute(*testing::make_engine(model), system);
        const EngineResult many = RankEngines(model, GetParam(), 0).compute({system})[0];
        EXPECT_EQ(many.energy, one.energy);
        EXPECT_EQ(many.forces, one.forces);
        EXPECT_EQ(many.atom_virials, one.atom_virials);
    }
}

TEST_P(RankForces, FailOnEveryRankWithTheSameWords) {
    const ModelData model = testing::random_model({}, 5);
    System system = testing::random_system(testing::box_kind("orthogonal"), 40, 2, 1.0, 6);
    for (std::size_t c = 0; c < 3; ++c) system.positions[3 * 17 + c] = system.positions[3 * 4 + c];
    std::string alone;
    try {
        testing::compute(*testing::make_engine(model), system);
    } catch (const InputError& error) {
        alone = error.what();
    }
    ASSERT_NE(alone, "");

    try {
        RankEngines(model, GetParam(), 0).compute({system});
        FAIL() << "no error";
    } catch (const InputError& error) {
        EXPECT_TRUE(std::string(error.what()).find("are at the same place") != std::string::npos) << error.what();
        EXPECT_TRUE(std::string(error.what()).find("17") != std::string::npos) << error.what();
        EXPECT_TRUE(std::string(error.what()).find("4") != std::string::npos) << error.what();
    }
}

TEST_P(RankForces, RefusePositionsThatAreNotFinite) {
    const ModelData model = testing::random_model({}, 5);
    System system = testing::random_system(testing::box_kind("orthogonal"), 40, 2, 1.0, 6);
    std::vector<System> steps{system, system};
    steps[1].positions[3 * 23] = std::numeric_limits<double>::quiet_NaN();
    testing::expect_input_error([&] { RankEngines(model, GetParam(), 1).compute(steps); }, {"positions[23][0]"});
}

TEST_P(RankForces, RefuseCellsWithMillionsOfImages) {
    const ModelData model = testing::random_model({}, 5);
    System system = testing::random_system(testing::box_kind("orthogonal"), 40, 2, 1.0, 6);
    system.box = Box::fully_periodic({12, 0, 0, 1e9, 12, 0, 0, 0, 12});
    testing::expect_input_error([&] { RankEngines(model, GetParam(), 0).compute({system}); },
                                {"thin", "check the cell"});
    system.box = Box::fully_periodic({0.03, 0, 0, 0, 0.03, 0, 0, 0, 0.03});
    testing::expect_input_error([&] { RankEngines(model, GetParam(), 0).compute({system}); }, {"check the cell"});
}

}  // namespace
}  // namespace dpmd
