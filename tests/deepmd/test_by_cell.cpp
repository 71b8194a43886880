// Energy models by coordinates and cell, compared with a Potential.
#include <algorithm>
#include <array>
#include <cmath>

#include "deepmd/hosts.hpp"

namespace dpmd::testing {
namespace {

class ByCell : public HostCode {};

TEST_F(ByCell, ResultsAreThoseOfAPotential) {
    const Result wanted = expected();
    Room<double> room{std::size_t(n())};

    DP_DeepPotCompute(model_, n(), system_.positions.data(), system_.types.data(), system_.box.cell.data(),
                      room.energy.data(), room.force.data(), room.virial.data(), room.atom_energy.data(),
                      room.atom_virial.data());

    EXPECT_EQ(error_of(model_), "");
    EXPECT_EQ(room.energy[0], wanted.energy);
    EXPECT_EQ(room.force, wanted.forces);
    EXPECT_TRUE(std::ranges::equal(room.virial, wanted.virial));
    EXPECT_EQ(room.atom_energy, wanted.atom_energies);
    EXPECT_EQ(room.atom_virial, wanted.atom_virials);
}

TEST_F(ByCell, NothingHasToBeWanted) {
    DP_DeepPotCompute(model_, n(), system_.positions.data(), system_.types.data(), system_.box.cell.data(), nullptr,
                      nullptr, nullptr, nullptr, nullptr);
    EXPECT_EQ(error_of(model_), "");
    EXPECT_EQ(compute_energy(model_), expected().energy);
}

TEST_F(ByCell, WithoutACellNothingIsPeriodic) {
    System open = system_;
    open.box = Box::open();
    double energy = 0;
    DP_DeepPotCompute(model_, n(), open.positions.data(), open.types.data(), nullptr, &energy, nullptr, nullptr,
                      nullptr, nullptr);
    EXPECT_EQ(energy, expected(0, open).energy);
}

/// Two frames, the second of them larger.
struct TwoFrames {
    explicit TwoFrames(const System& system) : second(system) {
        for (double& x : second.positions) x *= 1.02;
        for (double& x : second.box.cell) x *= 1.02;
        positions = system.positions;
        positions.insert(positions.end(), second.positions.begin(), second.positions.end());
        cells.assign(system.box.cell.begin(), system.box.cell.end());
        cells.insert(cells.end(), second.box.cell.begin(), second.box.cell.end());
    }
    System second;
    std::vector<double> positions, cells;
};

TEST_F(ByCell, FramesAreComputedOneAfterTheOther) {
    const TwoFrames frames(system_);
    Room<double> room{std::size_t(n()), 2};

    DP_DeepPotCompute2(model_, 2, n(), frames.positions.data(), system_.types.data(), frames.cells.data(), nullptr,
                       nullptr, room.energy.data(), room.force.data(), room.virial.data(), nullptr, nullptr);

    const Result first = expected(), second = expected(0, frames.second);
    EXPECT_EQ(error_of(model_), "");
    EXPECT_EQ(room.energy, (std::vector{first.energy, second.energy}));
    EXPECT_TRUE(std::equal(second.forces.begin(), second.forces.end(), room.force.begin() + 3 * n()));
    double both[2];
    DP_DeepPotCompute3(model_, 2, n(), frames.positions.data(), system_.types.data(), frames.cells.data(), nullptr,
                       nullptr, nullptr, both, nullptr, nullptr, nullptr, nullptr);
    EXPECT_EQ(both[1], second.energy);
}

TEST_F(ByCell, FramesOfMixedTypesHaveTypesOfTheirOwn) {
    TwoFrames frames(system_);
    frames.second.types[0] = 1 - frames.second.types[0];
    std::vector<int> types = system_.types;
    types.insert(types.end(), frames.second.types.begin(), frames.second.types.end());
    Room<double> room{std::size_t(n()), 2};

    DP_DeepPotComputeMixedType(model_, 2, n(), frames.positions.data(), types.data(), frames.cells.data(), nullptr,
                               nullptr, room.energy.data(), nullptr, nullptr, room.atom_energy.data(), nullptr);

    EXPECT_EQ(error_of(model_), "");
    EXPECT_EQ(room.energy, (std::vector{expected().energy, expected(0, frames.second).energy}));
}

TEST_F(ByCell, NumbersInFloatAreRoundedAndComputedInDouble) {
    const std::vector<float> positions(system_.positions.begin(), system_.positions.end());
    const std::vector<float> cell(system_.box.cell.begin(), system_.box.cell.end());
    System rounded = system_;
    std::copy(positions.begin(), positions.end(), rounded.positions.begin());
    std::copy(cell.begin(), cell.end(), rounded.box.cell.begin());
    const Result wanted = expected(0, rounded);
    Room<float> room{std::size_t(n())};

    DP_DeepPotComputef(model_, n(), positions.data(), system_.types.data(), cell.data(), room.energy.data(),
                       room.force.data(), room.virial.data(), room.atom_energy.data(), room.atom_virial.data());

    EXPECT_EQ(error_of(model_), "");
    EXPECT_EQ(room.energy[0], wanted.energy);
    for (std::size_t k = 0; k < room.force.size(); ++k) EXPECT_EQ(room.force[k], float(wanted.forces[k]));
    for (std::size_t k = 0; k < 9; ++k) EXPECT_EQ(room.virial[k], float(wanted.virial[k]));
    EXPECT_EQ(room.atom_virial[5], float(wanted.atom_virials[5]));
}

TEST_F(ByCell, SeveralModelsGiveABlockEach) {
    Room<double> room{std::size_t(n()), 2};

    DP_DeepPotModelDeviCompute(models_, n(), system_.positions.data(), system_.types.data(), system_.box.cell.data(),
                               room.energy.data(), room.force.data(), room.virial.data(), room.atom_energy.data(),
                               room.atom_virial.data());

    EXPECT_EQ(error_of(models_), "");
    for (std::size_t m = 0; m < 2; ++m) {
        const Result wanted = expected(m);
        EXPECT_EQ(room.energy[m], wanted.energy);
        EXPECT_TRUE(
            std::equal(wanted.forces.begin(), wanted.forces.end(), room.force.begin() + std::ptrdiff_t(m) * 3 * n()));
    }
}

TEST_F(ByCell, SeveralModelsTakeOneFrame) {
    const TwoFrames frames(system_);
    Room<double> room{std::size_t(n()), 2};
    DP_DeepPotModelDeviCompute2(models_, 2, n(), frames.positions.data(), system_.types.data(), frames.cells.data(),
                                nullptr, nullptr, room.energy.data(), nullptr, nullptr, nullptr, nullptr);
    EXPECT_NE(error_of(models_).find("one frame"), std::string::npos);
    EXPECT_TRUE(std::isnan(room.energy[0]) && std::isnan(room.energy[1]));
}

TEST_F(ByCell, MinusOneIsAVirtualAtom) {
    System other = system_;
    other.types[3] = -1;
    Room<double> room{std::size_t(n())};
    DP_DeepPotCompute(model_, n(), other.positions.data(), other.types.data(), other.box.cell.data(),
                      room.energy.data(), room.force.data(), nullptr, room.atom_energy.data(), nullptr);
    EXPECT_EQ(error_of(model_), "");
    EXPECT_EQ(room.energy[0], expected(0, other).energy);
    EXPECT_EQ(room.atom_energy[3], 0);
    EXPECT_EQ(room.force[10], 0);
}

TEST_F(ByCell, NoAtomsHaveNoEnergy) {
    Room<double> room{0};
    DP_DeepPotCompute(model_, 0, system_.positions.data(), system_.types.data(), system_.box.cell.data(),
                      room.energy.data(), nullptr, room.virial.data(), nullptr, nullptr);
    EXPECT_EQ(error_of(model_), "");
    EXPECT_EQ(room.energy[0], 0);
    EXPECT_EQ(room.virial, std::vector<double>(9, 0.0));
}

TEST_F(ByCell, ParametersAreThoseOfEachFrame) {
    ModelRecipe recipe = roomy_recipe();
    take_parameters(recipe);
    const std::string path = write_model(folder_, "parameters", recipe, 3);
    Potential potential(path);
    DP_DeepPot* model = DP_NewDeepPot(path.c_str());
    EXPECT_EQ(DP_DeepPotGetDimFParam(model), 2);
    EXPECT_EQ(DP_DeepPotGetDimAParam(model), 1);
    EXPECT_FALSE(DP_DeepPotIsAParamNAll(model));
    const TwoFrames frames(system_);
    const std::vector<double> fparam{0.1, 0.2, -0.3, 0.4};
    std::vector<double> aparam;
    for (int k = 0; k < 2 * n(); ++k) aparam.push_back(0.01 * k);
    double energy[2];

    DP_DeepPotCompute2(model, 2, n(), frames.positions.data(), system_.types.data(), frames.cells.data(), fparam.data(),
                       aparam.data(), energy, nullptr, nullptr, nullptr, nullptr);

    EXPECT_EQ(error_of(model), "");
    const std::span<const double> second_aparam(aparam.data() + n(), std::size_t(n()));
    EXPECT_EQ(energy[1], potential
                             .compute({frames.second.positions, frames.second.types, frames.second.box,
                                       std::span(fparam).last(2), second_aparam})
                             .energy);
    DP_DeepPotCompute2(model, 1, n(), system_.positions.data(), system_.types.data(), system_.box.cell.data(),
                       fparam.data(), nullptr, energy, nullptr, nullptr, nullptr, nullptr);
    EXPECT_NE(error_of(model).find("aparam"), std::string::npos);
    DP_DeleteDeepPot(model);
}

TEST_F(ByCell, MissingParametersLeaveTheEnergyAndMakeTheForcesNaN) {
    ModelRecipe recipe = roomy_recipe();
    take_parameters(recipe);
    DP_DeepPot* model = DP_NewDeepPot(write_model(folder_, "parameters", recipe, 3).c_str());
    Room<double> room{std::size_t(n())};
    DP_DeepPotCompute(model, n(), system_.positions.data(), system_.types.data(), system_.box.cell.data(),
                      room.energy.data(), room.force.data(), nullptr, nullptr, nullptr);
    EXPECT_NE(error_of(model), "");
    EXPECT_EQ(room.energy[0], -777) << "as it was";
    EXPECT_TRUE(std::ranges::all_of(room.force, [](double f) { return std::isnan(f); }));
    DP_DeleteDeepPot(model);
}

}  // namespace
}  // namespace dpmd::testing
