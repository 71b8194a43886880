// Energy models by the atoms, ghosts and lists of a host.
#include <cmath>
#include <limits>
#include <numeric>

#include "deepmd/hosts.hpp"

namespace dpmd::testing {
namespace {

class ByLists : public HostCode {
protected:
    ByLists() : host_(system_, 4.8, false, 0, 5) {}

    int n_total() const { return host_.n_total; }
    int n_ghosts() const { return host_.n_total - host_.n_owned; }
    double energy(const DP_Nlist* nlist, int ago) { return compute(nlist, ago, host_.types).energy[0]; }
    Room<double> compute(const DP_Nlist* nlist, int ago, const std::vector<int>& types) {
        Room<double> room{std::size_t(n_total())};
        DP_DeepPotComputeNList(model_, n_total(), host_.positions.data(), types.data(), nullptr, n_ghosts(), nlist, ago,
                               room.energy.data(), room.force.data(), room.virial.data(), room.atom_energy.data(),
                               room.atom_virial.data());
        return room;
    }
    /// By owners, in the order of the system.
    std::vector<double> folded(const std::vector<double>& values) {
        std::vector<double> out(3 * std::size_t(n()));
        for (int k = 0; k < n_total(); ++k) {
            const auto owner = std::size_t(k < n() ? k : host_.ghost_owner[std::size_t(k - n())]);
            for (std::size_t c = 0; c < 3; ++c)
                out[3 * std::size_t(host_.order[owner]) + c] += values[3 * std::size_t(k) + c];
        }
        return out;
    }
    void expect_error(const std::string& part) {
        EXPECT_NE(error_of(model_).find(part), std::string::npos) << error_of(model_);
    }

    Host host_;
};

TEST_F(ByLists, ResultsAreThoseOfTheWholeSystem) {
    const HostNlist lists(host_);
    const Result wanted = expected();

    const Room<double> room = compute(lists.nlist, 0, host_.types);

    EXPECT_EQ(error_of(model_), "");
    EXPECT_NEAR(room.energy[0], wanted.energy, 1e-10);
    const std::vector<double> forces = folded(room.force);
    for (std::size_t k = 0; k < forces.size(); ++k) EXPECT_NEAR(forces[k], wanted.forces[k], 1e-9);
    for (std::size_t k = 0; k < 9; ++k) EXPECT_NEAR(room.virial[k], wanted.virial[k], 1e-9);
    for (int k = n(); k < n_total(); ++k) EXPECT_EQ(room.atom_energy[std::size_t(k)], 0) << "ghosts have no energy";
}

TEST_F(ByLists, ListsAreACopyThatServesWhileAtomsMove) {
    double of_new_lists = 0;
    {
        const HostNlist lists(host_);
        energy(lists.nlist, 0);
        for (std::size_t k = 0; k < host_.positions.size(); ++k)
            host_.positions[k] +=
                0.05 * std::sin(double(k < 3 * std::size_t(n())
                                           ? k
                                           : 3 * std::size_t(host_.ghost_owner[k / 3 - std::size_t(n())]) + k % 3));
        of_new_lists = energy(lists.nlist, 0);
        for (std::vector<int>& list : host_.lists) std::fill(list.begin(), list.end(), std::numeric_limits<int>::max());
    }
    DP_Nlist* empty = DP_NewNlist(0, nullptr, nullptr, nullptr);
    EXPECT_EQ(energy(empty, 7), of_new_lists);
    compute_energy(model_);
    EXPECT_EQ(energy(empty, 8), of_new_lists) << "after an evaluation by cell";
    EXPECT_EQ(energy(nullptr, 8), of_new_lists);
    EXPECT_EQ(error_of(model_), "");
    DP_DeleteNlist(empty);
}

TEST_F(ByLists, FlagsOfEntriesAreMasked) {
    const HostNlist plain(host_);
    const double wanted = energy(plain.nlist, 0);
    for (std::vector<int>& list : host_.lists)
        for (std::size_t k = 0; k < list.size(); ++k) list[k] |= int(k % 2) << 30;
    const HostNlist flagged(host_);
    DP_NlistSetMask(flagged.nlist, 0x1fffffff);
    DP_NlistSetMapping(flagged.nlist, host_.ghost_owner.data());
    EXPECT_EQ(energy(flagged.nlist, 0), wanted);
    EXPECT_EQ(error_of(model_), "");
}

TEST_F(ByLists, AnyIndexThatIsNoTypeIsAnAtomOfNoConcern) {
    const HostNlist lists(host_);
    std::vector<int> types = host_.types, minus_one = host_.types;
    for (std::size_t k = 0; k < types.size(); ++k) {
        const auto owner = k < std::size_t(n()) ? k : std::size_t(host_.ghost_owner[k - std::size_t(n())]);
        if (owner % 5 == 0) types[k] = std::array{-1, -7, 2, 99}[owner % 4], minus_one[k] = -1;
    }
    const Room<double> wanted = compute(lists.nlist, 0, minus_one), room = compute(lists.nlist, 0, types);
    EXPECT_EQ(error_of(model_), "");
    EXPECT_EQ(room.energy, wanted.energy);
    EXPECT_EQ(room.force, wanted.force);
    EXPECT_EQ(room.atom_energy[5], 0);
    EXPECT_EQ(room.force[15], 0);
    EXPECT_NE(room.energy, compute(lists.nlist, 0, host_.types).energy);
}

TEST_F(ByLists, TypesMayChangeWhileTheHostKeepsItsLists) {
    const HostNlist lists(host_);
    std::vector<int> swapped = host_.types;
    for (int& type : swapped) type = 1 - type;
    const std::vector<double> wanted = compute(lists.nlist, 0, swapped).energy;
    compute(lists.nlist, 0, host_.types);
    EXPECT_EQ(compute(lists.nlist, 3, swapped).energy, wanted);
    EXPECT_EQ(error_of(model_), "");
    DP_Nlist* empty = DP_NewNlist(0, nullptr, nullptr, nullptr);
    EXPECT_TRUE(std::isnan(compute(empty, 4, host_.types).energy[0]));
    expect_error("types have changed");
    DP_DeleteNlist(empty);
}

TEST_F(ByLists, AtomsWithoutAListAreNoCentres) {
    const HostNlist lists(host_);
    const Room<double> whole = compute(lists.nlist, 0, host_.types);
    const int half = n() / 2;
    std::vector<int*> pointers = lists.pointers;
    std::vector<int> atoms = lists.atoms;
    DP_Nlist* part = DP_NewNlist(half, atoms.data(), host_.counts.data(), pointers.data());
    const Room<double> room = compute(part, 0, host_.types);
    EXPECT_EQ(error_of(model_), "");
    for (int k = 0; k < n(); ++k)
        EXPECT_EQ(room.atom_energy[std::size_t(k)], k < half ? whole.atom_energy[std::size_t(k)] : 0);
    EXPECT_NEAR(room.energy[0], std::accumulate(room.atom_energy.begin(), room.atom_energy.end(), 0.0), 1e-10);
    DP_DeleteNlist(part);
}

TEST_F(ByLists, FramesShareTheLists) {
    const HostNlist lists(host_);
    std::vector<double> positions = host_.positions;
    for (const double x : host_.positions) positions.push_back(1.005 * x);
    Room<double> room{std::size_t(n_total()), 2};
    DP_DeepPotComputeNList2(model_, 2, n_total(), positions.data(), host_.types.data(), nullptr, n_ghosts(),
                            lists.nlist, 0, nullptr, nullptr, room.energy.data(), room.force.data(), room.virial.data(),
                            room.atom_energy.data(), nullptr);
    EXPECT_EQ(error_of(model_), "");
    System larger = system_;
    for (double& x : larger.positions) x *= 1.005;
    for (double& x : larger.box.cell) x *= 1.005;
    EXPECT_NEAR(room.energy[0], expected().energy, 1e-10);
    EXPECT_NEAR(room.energy[1], expected(0, larger).energy, 1e-10);
    EXPECT_EQ(room.atom_energy.back(), 0);
}

TEST_F(ByLists, SeveralModelsGiveABlockEach) {
    const HostNlist lists(host_);
    const auto total = std::size_t(n_total());
    Room<double> room{total, 2};
    DP_DeepPotModelDeviComputeNList2(models_, 1, n_total(), host_.positions.data(), host_.types.data(), nullptr,
                                     n_ghosts(), lists.nlist, 0, nullptr, nullptr, room.energy.data(),
                                     room.force.data(), room.virial.data(), room.atom_energy.data(), nullptr);
    EXPECT_EQ(error_of(models_), "");
    for (std::size_t m = 0; m < 2; ++m) {
        const auto first = room.atom_energy.begin() + std::ptrdiff_t(m * total);
        EXPECT_NEAR(room.energy[m], expected(m).energy, 1e-10);
        EXPECT_NEAR(std::accumulate(first, first + n(), 0.0), room.energy[m], 1e-10);
        EXPECT_TRUE(std::all_of(first + n(), first + n_total(), [](double e) { return e == 0; }));
    }
}

TEST_F(ByLists, NumbersInFloatAreRoundedAndComputedInDouble) {
    const HostNlist lists(host_);
    const std::vector<float> positions(host_.positions.begin(), host_.positions.end());
    std::copy(positions.begin(), positions.end(), host_.positions.begin());
    const Room<double> wanted = compute(lists.nlist, 0, host_.types);
    Room<float> room{std::size_t(n_total())};
    for (const int ago : {0, 1})
        DP_DeepPotComputeNListf3(model_, 1, n_total(), positions.data(), host_.types.data(), nullptr, n_ghosts(),
                                 lists.nlist, ago, nullptr, nullptr, nullptr, room.energy.data(), room.force.data(),
                                 nullptr, room.atom_energy.data(), nullptr);
    EXPECT_EQ(room.energy, wanted.energy);
    for (std::size_t k = 0; k < room.force.size(); ++k) EXPECT_EQ(room.force[k], float(wanted.force[k]));
    for (std::size_t k = 0; k < room.atom_energy.size(); ++k)
        EXPECT_EQ(room.atom_energy[k], float(wanted.atom_energy[k]));
}

TEST_F(ByLists, ARankMayOwnNothing) {
    DP_Nlist* empty = DP_NewNlist(0, nullptr, nullptr, nullptr);
    Room<double> room{std::size_t(n_total())};
    DP_DeepPotComputeNList(model_, n_total(), host_.positions.data(), host_.types.data(), nullptr, n_total(), empty, 0,
                           room.energy.data(), room.force.data(), room.virial.data(), nullptr, nullptr);
    EXPECT_EQ(room.energy[0], 0);
    EXPECT_EQ(room.force, std::vector<double>(3 * std::size_t(n_total()), 0.0));
    DP_DeepPotComputeNList(model_, 0, nullptr, nullptr, nullptr, 0, empty, 0, room.energy.data(), nullptr,
                           room.virial.data(), nullptr, nullptr);
    EXPECT_EQ(room.energy[0], 0);
    EXPECT_EQ(room.virial, std::vector<double>(9, 0.0));
    EXPECT_EQ(error_of(model_), "");
    DP_DeleteNlist(empty);
}

TEST_F(ByLists, LaterCallsNeedTheListsOfAnEarlierOne) {
    const HostNlist lists(host_);
    EXPECT_TRUE(std::isnan(energy(lists.nlist, 1)));
    expect_error("ago = 1, but there are no lists");
    energy(lists.nlist, 0);
    double fewer = 0;
    DP_DeepPotComputeNList(model_, n_total() - 10, host_.positions.data(), host_.types.data(), nullptr, n_ghosts() - 10,
                           lists.nlist, 1, &fewer, nullptr, nullptr, nullptr, nullptr);
    EXPECT_TRUE(std::isnan(fewer));
    expect_error("the lists are for");
}

TEST_F(ByLists, EntriesThatAreNoAtomsAreNamed) {
    host_.lists[2][0] |= 1 << 30;
    const HostNlist lists(host_);
    EXPECT_TRUE(std::isnan(energy(lists.nlist, 0)));
    expect_error("the list of atom 2 names atom");
    EXPECT_TRUE(std::isnan(energy(lists.nlist, 1))) << "the lists were not taken";
    EXPECT_TRUE(std::isnan(energy(nullptr, 0)));
    expect_error("nlist is NULL");
}

}  // namespace
}  // namespace dpmd::testing
