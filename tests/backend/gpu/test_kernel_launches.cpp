// How many kernels an evaluation launches: bench/device/kernel_counts counts the same numbers from the sources.
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>

#include "emulator/emulator.hpp"
#include "io/json.hpp"
#include "support/compressed.hpp"
#include "support/engine.hpp"
#include "support/random_attention_models.hpp"
#include "support/random_hybrids.hpp"
#include "support/random_pair_tables.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using testing::AttentionRecipe;
using testing::compressed_term;
using testing::ModelRecipe;
using testing::random_attention_model;
using testing::random_model;

std::map<std::string, std::int64_t> counted() {
    const std::string path = DPMD_TREE "/tests/data/kernel_launches.json";
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::map<std::string, std::int64_t> out;
    for (const auto& [name, number] : Json::parse(text, path).as_object()) out[name] = number.as_integer();
    return out;
}

struct Case {
    ModelData model;
    bool is_compressed = false;
};

ModelData hybrid() {
    const ModelRecipe recipe;
    ModelData out = random_model(recipe, 1);
    out.min_neighbor_distance = testing::spread_apart;
    testing::term_of(out) = testing::term_on({out, testing::random_three_body_model(recipe, 2)}, recipe, 3);
    return out;
}

ModelData with_bridged_table() {
    ModelData out = random_model({}, 1);
    out.min_neighbor_distance = testing::spread_apart;
    testing::local_of(out).pair_terms.push_back(testing::random_pair_table({}, 2));
    testing::local_of(out).bridge = testing::bridge_between(0.6, 1.2);
    return out;
}

ModelData attention(SeAtten::TypeInput type_input, int n_layers) {
    AttentionRecipe recipe;
    recipe.type_input = type_input;
    recipe.n_layers = n_layers;
    ModelData out = random_attention_model(recipe, 1);
    out.min_neighbor_distance = testing::spread_apart;
    return out;
}

/// Models of two types, with three layers in the embedding nets and two hidden layers in the fitting nets.
std::map<std::string, Case> cases() {
    ModelData full = random_model({}, 1);
    full.min_neighbor_distance = testing::spread_apart;
    return {{"se_e2_a", {full, true}},
            {"se_e2_a on rows", {full}},
            {"se_e2_r", {testing::random_radial_model({}, 1), true}},
            {"se_e2_a + se_e3", {hybrid(), true}},
            {"se_e2_a + bridged pair table", {with_bridged_table(), true}},
            {"DPA-1", {attention(SeAtten::TypeInput::concat, 0), true}},
            {"DPA-1 on rows, two attention layers", {attention(SeAtten::TypeInput::concat, 2)}},
            {"DPA-1 on rows, types as factors, one attention layer", {attention(SeAtten::TypeInput::strip, 1)}}};
}

/// Launches of a call for which the neighbour list is still good.
std::int64_t launches_of(const Case& tested) {
    const reference::System system = testing::random_spread_system("orthogonal", 24, 5);
    const auto form = tested.is_compressed ? compressed_term(tested.model, 1e-5) : nullptr;
    const auto engine = testing::make_engine(tested.model, {"emulator", 1, 0.5, Precision::fp64, form});
    testing::compute(*engine, system);
    const std::uint64_t before = emulator::counters().launches;
    EXPECT_FALSE(testing::compute(*engine, system).rebuilt);
    return static_cast<std::int64_t>(emulator::counters().launches - before);
}

TEST(KernelLaunches, AreAsManyAsThePredictionsCount) {
    ModelRecipe silent;
    silent.atom_exclude_types = {0, 1};
    const std::int64_t without_model = launches_of({random_model(silent, 1)});
    std::map<std::string, std::int64_t> found;
    for (const auto& [name, tested] : cases()) found[name] = launches_of(tested) - without_model;

    EXPECT_EQ(found, counted());
}

}  // namespace
}  // namespace dpmd
