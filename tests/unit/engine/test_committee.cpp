// Several models on one list: the same results as each alone, bit for bit, and how far they disagree.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cpu/instruction_set.hpp"
#include "cpu/local/runner.hpp"
#include "dpmd/committee.hpp"
#include "engine/choose_compression.hpp"
#include "support/backend_parameter.hpp"
#include "support/engine.hpp"
#include "support/expect_error.hpp"
#include "support/model_files.hpp"
#include "support/model_recipes.hpp"
#include "support/random_pair_tables.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::EngineResult;
using testing::ModelRecipe;

constexpr double apart = 1.2;  // Å between the atoms of random_system

std::vector<ModelData> models_of(const ModelRecipe& recipe, int n) {
    std::vector<ModelData> out;
    for (int k = 0; k < n; ++k) {
        out.push_back(testing::random_model(recipe, std::uint64_t(k) + 1));
        out.back().min_neighbor_distance = apart;
    }
    return out;
}

RunnableModel engine_model(const ModelData& model, Compression form, Precision precision) {
    auto data = std::make_shared<const ModelData>(model);
    if (form != Compression::none) data = choose_compression(data, form, 1e-6, 1).model;
    return {data, precision};
}

/// Compares all models in one engine with each in its own engine, in lists of the same reach.
void expect_as_alone(const std::string& backend, int threads, const std::vector<RunnableModel>& models,
                     const System& system, double skin = 0.5) {
    const auto n = std::size_t(system.n());
    ForceEngine together(models.front(), testing::make_test_backend(backend, threads), skin);
    for (std::size_t k = 1; k < models.size(); ++k) together.add_model(models[k]);
    std::vector<EngineResult> got(models.size());
    std::vector<ForceOutputs> outputs;
    for (EngineResult& one : got) {
        one.forces.resize(3 * n);
        one.atom_energies.resize(n);
        one.atom_virials.resize(9 * n);
        outputs.push_back({one.forces.data(), one.atom_energies.data(), one.atom_virials.data()});
    }
    ForceCall call;
    call.atoms = {system.n(), system.positions.data(), system.types.data(), nullptr};
    call.lattice = Lattice(system.box);
    const std::vector<ForceTotals> totals = together.compute_on_host(call, outputs);
    EXPECT_EQ(together.list().n_builds(), 1);

    for (std::size_t k = 0; k < models.size(); ++k) {
        SCOPED_TRACE(k);
        ForceEngine alone(models[k], testing::make_test_backend(backend, threads),
                          skin + together.list().cutoff() - testing::environment_of(*models[k].data).cutoff);
        const EngineResult wanted = testing::compute(alone, system);
        EXPECT_EQ(totals[k].energy, wanted.energy);
        EXPECT_EQ(totals[k].virial, wanted.virial);
        EXPECT_EQ(got[k].forces, wanted.forces);
        EXPECT_EQ(got[k].atom_energies, wanted.atom_energies);
        EXPECT_EQ(got[k].atom_virials, wanted.atom_virials);
    }
}

class CommitteeForces : public testing::PerBackend {};

TEST_P(CommitteeForces, AreThoseOfEachModelAlone) {
    const System system = testing::random_system(testing::box_kind("triclinic"), 50, 2, apart, 3);
    for (const Compression form : {Compression::none, Compression::moment})
        for (const Precision precision : {Precision::fp64, Precision::mix32})
            for (const int threads : {1, 3}) {
                SCOPED_TRACE(concat(int(form), " ", int(precision), " ", threads));
                std::vector<RunnableModel> models;
                for (const ModelData& spec : models_of(testing::wide_recipe(), 3))
                    models.push_back(engine_model(spec, form, precision));
                expect_as_alone(GetParam(), threads, models, system);
            }
}
DPMD_INSTANTIATE_PER_BACKEND(CommitteeForces);

TEST(Committee, TakesMoreModelsThanWorkOnATileTogether) {
    const System system = testing::random_system(testing::box_kind("orthogonal"), 40, 2, apart, 4);
    std::vector<RunnableModel> models;
    for (const ModelData& spec : models_of(ModelRecipe{}, 19))
        models.push_back(engine_model(spec, Compression::none, Precision::fp64));
    expect_as_alone("", 2, models, system);
}

TEST(Committee, LeavesAtomsTooCloseForATableToTheExactNetsOfThatModel) {
    System system = testing::random_system(testing::box_kind("orthogonal"), 50, 2, apart, 5);
    for (std::size_t c = 0; c < 3; ++c) system.positions[3 * 7 + c] = system.positions[3 * 20 + c] + 0.3;
    std::vector<ModelData> specs = models_of(testing::wide_recipe(), 3);
    specs[1].min_neighbor_distance = 0.3;  // its tables reach the two atoms
    std::vector<RunnableModel> models;
    for (const ModelData& spec : specs) models.push_back(engine_model(spec, Compression::moment, Precision::fp64));
    for (const RunnableModel& model : models) ASSERT_TRUE(testing::term_of(*model.data).compressed);
    expect_as_alone("", 1, models, system);
}

TEST(Committee, TakesModelsThatAreJoinedToPairTables) {
    const System system = testing::random_system(testing::box_kind("triclinic"), 40, 2, apart, 7);
    std::vector<RunnableModel> models;
    for (const ModelData& spec : {testing::random_bridged({}, 1), testing::random_bridged({}, 2),
                                  testing::random_sum_with_table({}, 3), testing::random_model({}, 4)})
        models.push_back(engine_model(spec, Compression::none, Precision::fp64));
    expect_as_alone("", 2, models, system);
}

TEST(Committee, TakesModelsThatSeeDifferentEnvironments) {
    const System system = testing::random_system(testing::box_kind("triclinic"), 40, 2, apart, 6);
    std::vector<ModelData> specs = models_of(ModelRecipe{}, 5);
    testing::environment_of(specs[1]).cutoff *= 1.3;
    testing::environment_of(specs[2]).cutoff_smooth *= 0.5;
    testing::environment_of(specs[3]).sel[1] += 5;
    testing::term_of(specs[4]).pair_exclude_types = {{0, 1}};
    std::vector<RunnableModel> models;
    for (const ModelData& spec : specs) models.push_back(engine_model(spec, Compression::none, Precision::fp64));
    expect_as_alone("", 1, models, system);
    models[2] = engine_model(specs[2], Compression::none, Precision::mix32);
    expect_as_alone("", 1, models, system);
}

TEST(Committee, KnowsWhichModelsSeeTheSameEnvironment) {
    const cpu::TileKernels& kernels = cpu::select_kernels("");
    std::vector<ModelData> specs = models_of(ModelRecipe{}, 8);
    testing::environment_of(specs[2]).cutoff *= 1.3;
    testing::environment_of(specs[3]).cutoff_smooth *= 0.5;
    testing::environment_of(specs[4]).sel[1] += 5;
    testing::term_of(specs[5]).pair_exclude_types = {{0, 1}};
    testing::environment_of(specs[6]).exclude_types = {{0, 1}};
    testing::term_of(specs[7]).atom_exclude_types = {1};
    std::vector<std::unique_ptr<cpu::LocalRunner<double>>> evaluators;
    for (const ModelData& spec : specs)
        evaluators.push_back(std::make_unique<cpu::LocalRunner<double>>(
            engine_model(spec, Compression::none, Precision::fp64), kernels, false, 1));
    ASSERT_NE(testing::environment_of(specs[0]).shift, testing::environment_of(specs[1]).shift)
        << "normalisation may differ";
    EXPECT_TRUE(evaluators[1]->sees_environments_of(*evaluators[0]));
    for (std::size_t k = 2; k < evaluators.size(); ++k) {
        EXPECT_FALSE(evaluators[k]->sees_environments_of(*evaluators[0])) << k;
        EXPECT_FALSE(evaluators[0]->sees_environments_of(*evaluators[k])) << k;
    }
}

TEST(Committee, ReportsAFaultOfTheEnvironmentThatItShares) {
    const System system = testing::random_system(testing::box_kind("orthogonal"), 60, 2, apart, 7);
    ForceEngine engine(engine_model(models_of(ModelRecipe{}, 1)[0], Compression::none, Precision::fp64),
                       testing::make_test_backend("", 1), 0.0);
    const ModelData second = models_of(ModelRecipe{}, 2)[1];
    engine.add_model(engine_model(second, Compression::none, Precision::fp64));
    System broken = system;
    std::copy_n(broken.positions.begin(), 3, broken.positions.begin() + 3);
    const auto n = std::size_t(broken.n());
    std::vector<double> forces(6 * n);
    const std::vector<ForceOutputs> outputs{{forces.data(), nullptr, nullptr},
                                            {forces.data() + 3 * n, nullptr, nullptr}};
    ForceCall call;
    call.atoms = {broken.n(), broken.positions.data(), broken.types.data(), nullptr};
    call.lattice = Lattice(broken.box);
    testing::expect_input_error([&] { engine.compute_on_host(call, outputs); }, {"atoms 0 and 1", "same place"});
}

TEST(Committee, RefusesModelsThatTakeOtherInputs) {
    ModelRecipe three;
    three.n_types = 3;
    ModelRecipe with_fparam;
    with_fparam.n_fparam = 2;
    const auto model = [&](const ModelRecipe& recipe) {
        return Model(testing::model_parts(testing::random_model(recipe, 1)).bytes(), "test.dpmd");
    };
    const Model first = model(ModelRecipe{});
    testing::expect_input_error([&] { Committee({first, model(three)}); }, {"types", "both must be the same"});
    testing::expect_input_error([&] { Committee({first, model(with_fparam)}); }, {"2 frame", "0 frame"});
    testing::expect_input_error([&] { Committee({}); }, {"needs a model"});
    EXPECT_EQ(Committee({first, first}).size(), 2u);
}

TEST(ModelDeviation, IsTheSpreadAroundTheMean) {
    // two models, two atoms; forces differ by 2 along x and by 6 along y
    std::vector<Result> results(2);
    results[0].forces = {1, 0, 0, 0, 3, 4};
    results[1].forces = {-1, 0, 0, 0, -3, 4};
    results[0].energy = 8;
    results[1].energy = 4;
    results[0].virial = {2, 0, 0, 0, 0, 0, 0, 0, 6};
    results[1].virial = {0, 0, 0, 0, 0, 0, 0, 0, 6};

    const ModelDeviation found = model_deviation(results);
    EXPECT_EQ(found.forces, (std::vector<double>{1, 3}));
    EXPECT_EQ(found.max_f, 3);
    EXPECT_EQ(found.min_f, 1);
    EXPECT_EQ(found.avg_f, 2);
    EXPECT_EQ(found.energy, 1);
    EXPECT_EQ(found.max_v, 0.5);
    EXPECT_EQ(found.min_v, 0);
    EXPECT_DOUBLE_EQ(found.avg_v, std::sqrt(0.25 / 9));

    const ModelDeviation relative = model_deviation(results, {0.5, 0.5});
    EXPECT_DOUBLE_EQ(relative.forces[0], 1 / 0.5);  // the mean force is zero
    EXPECT_DOUBLE_EQ(relative.forces[1], 3 / 4.5);
    EXPECT_DOUBLE_EQ(relative.max_v, 0.5 / (0.5 + 0.5));

    EXPECT_EQ(deviation_header({true, true}).substr(0, 31), "#       step         max_devi_v");
    EXPECT_EQ(deviation_row(7, found).substr(0, 31), "           7       5.000000e-01");
    EXPECT_EQ(deviation_row(7, found, {true, true}).size(), 12u + 19 * 9 + 1);
    results[1].forces.pop_back();
    testing::expect_input_error([&] { model_deviation(results); }, {"atoms"});
    testing::expect_input_error([&] { model_deviation({}); }, {"results"});
}

}  // namespace
}  // namespace dpmd
