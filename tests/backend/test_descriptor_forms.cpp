// Descriptors on every backend, as trained and compressed: the two agree, each is consistent with itself, and its bits
// do not depend on how it is run.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "models/local/compress/compress.hpp"
#include "support/compressed.hpp"
#include "support/descriptor_cases.hpp"
#include "support/deviation.hpp"
#include "support/engine.hpp"
#include "support/expect_error.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::compressed_term;
using testing::deviation;
using testing::EngineResult;
using testing::largest;
using testing::random_spread_system;
using Form = std::shared_ptr<const CompressedTerm>;

class DescriptorForms : public testing::PerDescriptor {
protected:
    std::unique_ptr<ForceEngine> engine(const ModelData& model, const Form& form, Precision precision = Precision::fp64,
                                        int threads = 1) const {
        return testing::make_engine(model, {backend(), threads, 0, precision, form});
    }
    EngineResult compute(const ModelData& model, const System& system, const Form& form = {}) const {
        return testing::compute(*engine(model, form), system);
    }
};

TEST_P(DescriptorForms, TablesReproduceTheNetworks) {
    const System system = random_spread_system("triclinic", 40, 8);
    for (const ModelData& model : wide_models(6)) {
        const EngineResult trained = compute(model, system), got = compute(model, system, compressed_term(model, 1e-6));

        const double allowed = 4e-6 * std::max(1.0, largest(trained.forces));
        EXPECT_LT(deviation(got.forces, trained.forces), allowed);
        EXPECT_LT(deviation(got.atom_energies, trained.atom_energies), allowed);
        EXPECT_LT(deviation(got.atom_virials, trained.atom_virials), 10 * allowed);
        for (std::size_t k = 0; k < 9; ++k) EXPECT_NEAR(got.virial[k], trained.virial[k], 100 * allowed);
        EXPECT_NE(got.energy, trained.energy);
    }
}

TEST_P(DescriptorForms, WholeBasesAndFineTablesReproduceTheNetworksToRounding) {
    for (const ModelData& model : wide_models(9)) {
        const compress::Compressor compressor(model, 1.0, 1);
        const auto form = std::make_shared<const CompressedTerm>(compressor.compress({1e-11, true}).front());
        const System system = random_spread_system("orthogonal", 50, 10);

        const EngineResult trained = compute(model, system), got = compute(model, system, form);

        EXPECT_LT(deviation(got.forces, trained.forces), 1e-9 * std::max(1.0, largest(trained.forces)));
        EXPECT_LT(deviation(got.atom_energies, trained.atom_energies),
                  1e-10 * std::max(1.0, largest(trained.atom_energies)));
    }
}

TEST_P(DescriptorForms, TablesServeAnyNumberOfAtoms) {
    const ModelData model = this->model(testing::wide_recipe(), 3);
    const Form form = compressed_term(model, 1e-6);
    for (const int n : {0, 1, 2, 3, 15, 17, 31, 33}) {
        System system = random_spread_system("open", n, 300 + std::uint64_t(n));
        ASSERT_EQ(system.n(), n);
        if (n > 3) system.types[2] = -1;  // virtual: it has no energy, and nobody sees it
        const EngineResult trained = compute(model, system), got = compute(model, system, form);
        EXPECT_LT(deviation(got.forces, trained.forces), 4e-6) << n;
        EXPECT_LT(deviation(got.atom_energies, trained.atom_energies), 4e-6) << n;
    }
}

TEST_P(DescriptorForms, AtomsTooCloseForTheTablesTakeTheNetworksBitForBit) {
    const ModelData model = this->model(testing::wide_recipe(), 13);
    const Form form = compressed_term(model);
    System system = random_spread_system("orthogonal", 50, 14);
    for (std::size_t c = 0; c < 3; ++c) system.positions[3 * 7 + c] = system.positions[3 * 20 + c] + 0.3;
    const EngineResult trained = compute(model, system);

    const auto engine = this->engine(model, form);
    const EngineResult got = testing::compute(*engine, system);

    EXPECT_GE(engine->n_fallback(), 2);
    EXPECT_LE(engine->n_fallback(), 8);  // and a few that atom 7 was moved next to
    for (const std::size_t atom : {7u, 20u}) EXPECT_EQ(got.atom_energies[atom], trained.atom_energies[atom]);
    EXPECT_LT(deviation(got.forces, trained.forces), 1e-5 * std::max(1.0, largest(trained.forces)));
}

TEST_P(DescriptorForms, ForcesAndVirialAreDerivativesOfTheEnergyOfEitherForm) {
    const ModelData model = this->model(testing::wide_recipe(), 11);
    const Form coarse = compressed_term(model, 1e-2);  // far from the networks, and consistent with itself
    const System system = random_spread_system("triclinic", 40, 12);
    const double h = 1e-4;
    for (const Form& form : {Form(), coarse}) {
        const auto engine = this->engine(model, form);
        const auto energy = [&](const System& moved) { return testing::compute(*engine, moved).energy; };
        const EngineResult at = testing::compute(*engine, system);
        const double size = std::max(1.0, largest(at.forces));
        EXPECT_GT(largest(at.forces), 1e-2);
        for (const std::size_t k : {0u, 17u, 50u, 119u}) {
            System above = system, below = system;
            above.positions[k] += h;
            below.positions[k] -= h;
            EXPECT_NEAR(at.forces[k], -(energy(above) - energy(below)) / (2 * h), 2e-5 * size) << k;
        }
        for (const auto& [a, b] : {std::pair<std::size_t, std::size_t>{0, 0}, {1, 2}, {2, 0}}) {
            const auto strained = [&](double by) {  // x_b += by x_a
                System out = system;
                for (std::size_t row = 0; row < 3; ++row)
                    out.box.cell[3 * row + b] += by * system.box.cell[3 * row + a];
                for (std::size_t i = 0; i < std::size_t(system.n()); ++i)
                    out.positions[3 * i + b] += by * system.positions[3 * i + a];
                return energy(out);
            };
            EXPECT_NEAR(at.virial[3 * b + a], -(strained(h) - strained(-h)) / (2 * h), 2e-4 * size) << a << b;
        }
    }
}

TEST_P(DescriptorForms, HasEqualBitsForAnyNumberOfThreadsAndAnyOrderOfAtoms) {
    const ModelData model = this->model(testing::wide_recipe(), 15);
    const System system = random_spread_system("orthogonal", testing::is_cpu(backend()) ? 60 : 24, 16);
    std::vector<std::int64_t> ids(std::size_t(system.n()));
    std::iota(ids.begin(), ids.end(), 1000);
    const std::vector<int> order = testing::Random(17).permutation(system.n());
    std::vector<std::int64_t> moved_ids;
    for (const int i : order) moved_ids.push_back(ids[std::size_t(i)]);
    for (const Form& form : {Form(), compressed_term(model)})
        for (const Precision precision : {Precision::fp64, Precision::mix32, Precision::mix16}) {
            const auto compute_by = [&](int threads, const System& atoms, const std::vector<std::int64_t>& names) {
                const auto engine = this->engine(model, form, precision, threads);
                return testing::compute(*engine, atoms, {}, names.data());
            };
            const EngineResult one = compute_by(1, system, ids);
            for (const int threads : {3, 11}) EXPECT_EQ(compute_by(threads, system, ids), one) << threads << " threads";
            const EngineResult moved = compute_by(1, testing::permuted(system, order), moved_ids);
            EXPECT_EQ(moved.energy, one.energy);
            EXPECT_EQ(moved.virial, one.virial);
            for (std::size_t k = 0; k < order.size(); ++k)
                for (std::size_t c = 0; c < 3; ++c)
                    EXPECT_EQ(moved.forces[3 * k + c], one.forces[3 * std::size_t(order[k]) + c]);
        }
}

TEST_P(DescriptorForms, ReportsFaultsInEitherForm) {
    testing::ModelRecipe recipe = testing::wide_recipe();
    recipe.sel = {60, 3};
    const ModelData model = this->model(recipe, 18);
    for (const Form& form : {Form(), compressed_term(model)}) {
        System system = random_spread_system("open", 30, 19);
        std::fill(system.types.begin(), system.types.end(), 1);
        testing::expect_input_error([&] { compute(model, system, form); },
                                    {"neighbours of type 1 (T1)", "sel for that type is 3"});
        std::fill(system.types.begin(), system.types.end(), 0);
        for (std::size_t c = 0; c < 3; ++c) system.positions[3 * 3 + c] = system.positions[3 * 9 + c];
        testing::expect_input_error([&] { compute(model, system, form); }, {"3", "9", "same place"});
    }
}

DPMD_INSTANTIATE_PER_DESCRIPTOR(DescriptorForms, testing::with_devices(testing::arithmetic_instruction_sets()));

class DescriptorPrecision : public testing::PerDescriptor {};

TEST_P(DescriptorPrecision, DeviatesByItsRoundingInEitherForm) {
    const ModelData model = this->model(testing::wide_recipe(), 20);
    const System system = random_spread_system("orthogonal", 60, 21);
    const EngineResult exact = testing::compute(*testing::make_engine(model, {backend()}), system);
    const double size = std::max(1.0, largest(exact.forces));
    for (const Form& form : {Form(), compressed_term(model)}) {
        const auto error = [&](Precision precision) {
            const auto engine = testing::make_engine(model, {backend(), 1, 0, precision, form});
            return deviation(testing::compute(*engine, system).forces, exact.forces) / size;
        };
        EXPECT_LT(error(Precision::mix32), 1e-4);
        EXPECT_GT(error(Precision::mix32), 1e-9) << "not in single";
        EXPECT_LT(error(Precision::mix16), 0.1);
        EXPECT_GT(error(Precision::mix16), 1e-5) << "not in half";
    }
}

DPMD_INSTANTIATE_PER_DESCRIPTOR(DescriptorPrecision, testing::with_devices(cpu::usable_instruction_sets()));

}  // namespace
}  // namespace dpmd
