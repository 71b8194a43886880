// Reading .dpmd files: written values come back, and errors are refused with their place.
#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "io/safetensors.hpp"
#include "models/file.hpp"
#include "support/engine.hpp"
#include "support/expect_error.hpp"
#include "support/model_files.hpp"
#include "support/random_attention_models.hpp"
#include "support/random_local_frames.hpp"
#include "support/random_models.hpp"
#include "support/random_pair_tables.hpp"
#include "support/random_systems.hpp"
#include "support/random_typed_three_body_models.hpp"
#include "support/temporary_file.hpp"

namespace dpmd {
namespace {

using testing::expect_input_error;
using testing::model_parts;
using testing::ModelParts;
using testing::ModelRecipe;
using testing::random_model;

ModelData read(const ModelParts& parts) { return read_model(parts.bytes(), "test.dpmd"); }

ModelRecipe rich_recipe() {
    ModelRecipe recipe;
    recipe.sel = {40, 50};
    recipe.one_side = false;
    recipe.exclude_types = {{0, 1}};
    recipe.missing_networks = {{0, 1}};
    recipe.excluded_slots = ExcludedSlots::keep;
    recipe.slot_order = SlotOrder::all_types;
    recipe.n_fparam = 2;
    recipe.n_aparam = 1;
    recipe.n_case = 3;
    recipe.timesteps = true;
    recipe.atom_exclude_types = {1};
    recipe.pair_exclude_types = {{1, 1}};
    recipe.subtract_vacuum = true;
    recipe.activation = Activation::silut;
    recipe.silut_threshold = 2.5;
    return recipe;
}

ModelData rich_model() {
    ModelData model = random_model(rich_recipe(), 1);
    testing::fitting_of(model).default_fparam = {0.25, -0.5};
    model.min_neighbor_distance = 0.88;
    return model;
}

ModelData table_model() {
    ModelRecipe recipe;
    recipe.tables = true;
    return random_model(recipe, 2);
}

/// Three types, of which one pair has no network.
ModelData three_body_model(bool tables) {
    ModelRecipe recipe;
    recipe.n_types = 3;
    recipe.tables = tables;
    ModelData model = testing::random_three_body_model(recipe, 4);
    testing::se_t_of(model).embedding.nets[2].reset();
    return model;
}

ModelData attention_model(const char* name) {
    for (const testing::AttentionRecipe& recipe : testing::attention_recipes())
        if (recipe.name == name) return testing::random_attention_model(recipe, 6);
    throw std::logic_error("no such recipe");
}

TEST(ModelFile, WhatIsWrittenComesBack) {
    for (const ModelData& model :
         {rich_model(), table_model(), random_model({}, 3), three_body_model(false), three_body_model(true),
          attention_model("concat_unlimited"), attention_model("strip_table"), attention_model("strip_by_type"),
          attention_model("lmax_4_protection"), attention_model("attention_cubic_mask"),
          testing::random_frame_model({}, 7), testing::random_stripped_three_body_model({}, 8)}) {
        const ModelParts parts = model_parts(model);

        const ModelData got = read(parts);

        // the same parts again: every field is compared bit by bit
        const ModelParts again = model_parts(got);
        EXPECT_EQ(again.json, parts.json);
        ASSERT_EQ(again.tensors.size(), parts.tensors.size());
        for (const auto& [name, tensor] : parts.tensors) {
            EXPECT_EQ(again.tensors.at(name).values, tensor.values) << name;
            EXPECT_EQ(again.tensors.at(name).shape, tensor.shape) << name;
        }
        EXPECT_EQ(got.metadata, parts.json);
    }
}

TEST(ModelFile, AttentionThatDoesNotFitIsRefused) {
    const auto refuse = [](const ModelParts& bad, std::initializer_list<std::string> words) {
        expect_input_error([&] { read(bad); }, words);
    };
    const ModelParts attention = model_parts(attention_model("attention_cubic_mask"));
    refuse(attention.with("\"type_input\": \"concat\"", "\"type_input\": \"other\""),
           {"type_input", "concat", "strip"});
    refuse(attention.with(
               "\"normalize\": true, \"norm_floor\": 1e-06, \"dot_directions\": true, "
               "\"mask_diagonal\": true}, {",
               "\"normalize\": true, \"norm_floor\": -1, \"dot_directions\": true, \"mask_diagonal\": true}, {"),
           {"norm_floor", "negative"});
    refuse(attention.with("\"empty_slots\": \"padding\"", "\"empty_slots\": \"section\""), {"empty_slots", "by type"});
    ModelParts odd = attention;
    auto& in_weight = odd.tensors["terms.0.descriptors.0.attention.1.in_weight"];
    in_weight.values.resize(in_weight.values.size() / 15 * 13);
    in_weight.shape[1] = 13;
    refuse(odd, {"attention[1].in_weight has 13 outputs"});

    const ModelParts unlimited = model_parts(attention_model("concat_unlimited"));
    refuse(unlimited.with("\"empty_slots\": \"none\"", "\"empty_slots\": \"padding\""), {"empty_slots", "'none'"});
    refuse(unlimited.with("\"sel\": []", "\"sel\": [5]"), {"sel has 1 entry"});
    const ModelParts strip = model_parts(attention_model("strip_table"));
    refuse(strip.with("\"type_factors\": \"tensor\"", "\"type_factors\": null"), {"type_network and type_factors"});
}

TEST(ModelFile, NetsByPairsOfTypesThatDoNotFitAreRefused) {
    const ModelParts parts = model_parts(three_body_model(false));
    const auto refuse = [&](const ModelParts& bad, std::initializer_list<std::string> words) {
        expect_input_error([&] { read(bad); }, words);
    };

    refuse(parts.with("[4, 5, 6]", "[4, 0, 6]"), {"pair_normalization[1] = 0", "divided by it"});
    refuse(parts.with("[4, 5, 6]", "[4, 5]"), {"pair_normalization", "3 types"});
    refuse(parts.with("[4, 5, 6]", "[4, 5, -6]"), {"pair_normalization[2]"});
    refuse(parts.with(", null], [", "], ["), {"embedding.networks[0]"});

    ModelData model = three_body_model(false);
    testing::se_t_of(model).embedding.nets[4] =
        testing::se_t_of(testing::random_three_body_model({}, 5)).embedding.nets[0];
    testing::se_t_of(model).embedding.nets[4]->layers.pop_back();
    testing::se_t_of(model).embedding.nets[4]->layers.pop_back();
    refuse(model_parts(model), {"networks[1][1] has 4 outputs, others have 8"});
    for (auto& net : testing::se_t_of(model).embedding.nets) net.reset();
    refuse(model_parts(model), {"embedding.networks are all null"});
}

TEST(ModelFile, EveryActivationHasItsName) {
    for (int k = 0; k <= int(Activation::silut); ++k) {
        ModelRecipe recipe;
        recipe.activation = static_cast<Activation>(k);

        const ModelData got = read(model_parts(random_model(recipe, 4)));

        EXPECT_EQ(testing::fitting_of(got).networks[0].layers[0].activation, recipe.activation);
    }
}

/// One field, its text in the file, and values that are not allowed there.
struct Field {
    const char* key;
    std::string value;
    std::vector<std::string> bad;
};

const std::string word = "\"wrong\"";

std::vector<Field> fields_of_rich_model() {
    return {
        {"format_version", "2", {"0", "1", "3", "1.5", word, "null"}},
        {"kind", "\"local\"", {"\"graph\"", "3", "null"}},
        {"type_map",
         "[\"T0\", \"T1\"]",
         {"[]", "[\"T0\"]", "[\"T0\", \"T1\", \"T2\"]", "[\"T0\", \"T0\"]", "[0, 1]", "\"T0\"", "null"}},
        {"precision", "\"float64\"", {"64", "null"}},
        {"kind", "\"net\"", {"\"zbl\"", "7", "null"}},
        {"type", "\"se_e2_a\"", {"\"se_e2_b\"", "7", "null"}},
        {"cutoff", "4.0", {"0", "-4", "0.5", "1e16", "1e999", word, "null"}},
        {"cutoff_smooth", "0.5", {"-0.1", "4", "5", word, "null"}},
        {"cutoff_arithmetic", "\"float64\"", {"\"float16\"", "64", "null"}},
        {"protection", "0.0", {"-1e-6", word, "null"}},
        {"sel",
         "[40, 50]",
         {"[40]", "[40, 50, 60]", "[0, 0]", "[40, -1]", "[40, 1.5]", "[40, 99999999]", "40", "null"}},
        {"normalization", "12", {"0", "-1", "1.5", "1e12", word, "null"}},
        {"axis_neuron", "4", {"0", "-1", "9", "1.5", "70000", word, "null"}},
        {"type_one_side", "false", {"true", "0", word, "null"}},
        {"exclude_types", "[[0, 1]]", {"[[0]]", "[[0, 1, 1]]", "[[0, 2]]", "[[-1, 0]]", "[0, 1]", "0", "null"}},
        {"excluded_slots", "\"keep\"", {"\"none\"", "1", "null"}},
        {"overflow_order", "\"all_types\"", {"\"nearest\"", "1", "null"}},
        {"output", "\"energy\"", {"\"dipole\"", "1", "null"}},
        {"n_fparam", "2", {"1", "3", "-1", "0", "1.5", word, "null"}},
        {"n_aparam", "1", {"2", "-1", "0", word, "null"}},
        {"default_fparam", "[0.25, -0.5]", {"[0.25]", "[0.25, -0.5, 1]", "[0.25, \"a\"]", "1"}},
        {"subtract_vacuum", "[true, true]", {"[true]", "[true, true, false]", "[1, 1]", "true", "null"}},
        {"energy_shift", "\"tensor\"", {"\"array\"", "[1, 2]", "null"}},
        {"case_embedding", "\"tensor\"", {"null", "\"array\"", "3"}},
        {"kind", "\"sum\"", {"\"bridge\"", "1", "null"}},
        {"pair_exclude_types", "[[1, 1]]", {"[[1]]", "[[2, 0]]", "[1]", "null"}},
        {"atom_exclude_types", "[1]", {"[2]", "[-1]", "[0.5]", "1", "null"}},
        {"min_neighbor_distance", "0.88", {word, "[]"}},
        {"sha256", "\"\"", {"3", "null"}},
    };
}

TEST(ModelFile, AFieldThatIsMissingIsNamed) {
    const ModelParts parts = model_parts(rich_model());
    for (const Field& field : fields_of_rich_model()) {
        SCOPED_TRACE(concat(field.key, " = ", field.value));
        const ModelParts spoiled = parts.without(field.key, field.value);

        expect_input_error([&] { read(spoiled); }, {"test.dpmd", concat("'", field.key, "' is missing")});
    }
}

TEST(ModelFile, AFieldOfAWrongTypeOrOutOfRangeIsRefused) {
    const ModelParts parts = model_parts(rich_model());
    for (const Field& field : fields_of_rich_model())
        for (const std::string& bad : field.bad) {
            const std::string key = concat("\"", field.key, "\": ");
            SCOPED_TRACE(key + bad);
            const ModelParts spoiled = parts.with(key + field.value, key + bad);

            expect_input_error([&] { read(spoiled); }, {"test.dpmd"});
        }
}

TEST(ModelFile, AnUnknownKeyIsNamedWithItsPath) {
    const ModelParts parts = model_parts(rich_model());
    const auto refuse = [&](const char* before, const char* after, const char* path) {
        expect_input_error([&] { read(parts.with(before, after)); }, {concat("test.dpmd: ", path, ": unexpected key")});
    };

    refuse("\"precision\"", "\"spin\": null, \"precision\"", "spin");
    refuse("\"output\"", "\"dipole\": false, \"output\"", "terms[0].fitting.dipole");
    refuse("\"activation\"", "\"gate\": 1, \"activation\"",
           "terms[0].descriptors[0].embedding.networks[0][0].layers[0].gate");
    refuse("\"sel\"", "\"switch\": {\"kind\": \"exponential\"}, \"sel\"", "terms[0].descriptors[0].environment.switch");
    refuse("\"sha256\"", "\"url\": \"\", \"sha256\"", "source.url");
    read(parts.with("\"training_script\": null", "\"training_script\": {\"model\": [{\"x\": 1}]}"));
}

TEST(ModelFile, AnUnknownTensorIsNamed) {
    ModelParts parts = model_parts(rich_model());
    parts.tensors["terms.0.fitting.energy_scale"] = {{1, 1}, {2}};

    expect_input_error([&] { read(parts); }, {"test.dpmd: unexpected tensor 'terms.0.fitting.energy_scale'"});
}

TEST(ModelFile, WhatThisVersionDoesNotRunIsRefusedByItsName) {
    const ModelParts parts = model_parts(rich_model());
    const auto refuse = [&](const char* before, const char* after, const char* message) {
        expect_input_error([&] { read(parts.with(before, after)); }, {"test.dpmd", message});
    };

    refuse("\"se_e2_a\"", "\"se_x\"", "descriptor 'se_x' cannot be run by this version of dpmd, which runs: se_e2_a");
    refuse("\"kind\": \"local\"", "\"kind\": \"graph\"", "kind of model 'graph' cannot be run");
    refuse("\"kind\": \"net\"", "\"kind\": \"zbl\"",
           "term 'zbl' cannot be run by this version of dpmd, which runs: net, pair_table");
    refuse("{\"kind\": \"sum\"}", "{\"kind\": \"product\"}", "blend 'product' cannot be run");
    refuse("{\"kind\": \"sum\"}", "{\"kind\": \"bridge\"}", "there are 1 terms with nets and 0 pair tables");
    refuse("\"output\": \"energy\"", "\"output\": \"dos\"", "output 'dos' cannot be run");
    refuse("\"terms\": [", "\"terms\": [], \"x\": [", "terms is empty: there is no energy");
    refuse("\"descriptors\": [", "\"descriptors\": [], \"x\": [", "descriptors is empty: there are no features");
}

ModelData bridged_model() {
    ModelRecipe recipe;
    recipe.n_types = 2;
    ModelData model = testing::random_model(recipe, 3);
    PairTable table = testing::random_pair_table(recipe, 4);
    table.cutoff = 3.25;
    table.first = 0.5;
    table.spacing = 0.0625;
    table.pair_exclude_types = {{0, 1}};
    testing::local_of(model).pair_terms.push_back(table);
    testing::local_of(model).bridge = Bridge{0.125, 0.75, 1.5, 0.75, 0};
    return model;
}

TEST(ModelFile, HoldsAPairTableAndABridge) {
    const ModelData model = bridged_model(), got = read(model_parts(model));
    const PairTable &table = got.local().pair_terms.at(0), &wanted = model.local().pair_terms[0];
    EXPECT_EQ(table.coefficients, wanted.coefficients);
    EXPECT_EQ(table.energy_shift, wanted.energy_shift);
    EXPECT_EQ(table.sel, wanted.sel);
    EXPECT_EQ(table.n_slots, wanted.n_slots);
    EXPECT_EQ(table.n_intervals, wanted.n_intervals);
    EXPECT_EQ(table.pair_exclude_types, wanted.pair_exclude_types);
    EXPECT_EQ(table.cutoff, wanted.cutoff);
    EXPECT_EQ(table.first, wanted.first);
    EXPECT_EQ(table.spacing, wanted.spacing);
    ASSERT_TRUE(got.local().bridge);
    EXPECT_EQ(got.local().bridge->width, 0.75);
    EXPECT_EQ(traits_of(got).cutoff, 4.0);

    const auto refuse = [&](const char* before, const char* after, const char* message) {
        expect_input_error([&] { read(model_parts(model).with(before, after)); }, {"test.dpmd", message});
    };
    refuse("\"spacing\": 0.0625", "\"spacing\": 0", "terms[1].spacing = 0 is below 1e-06");
    refuse("\"first\": 0.5", "\"first\": -1", "terms[1].first = -1 is negative");
    refuse("\"cutoff\": 3.25", "\"cutoff\": -3", "terms[1].cutoff = -3 is below");
    refuse("\"slots\": 120", "\"slots\": 0", "terms[1].slots = 0 is not between 1");
    refuse("\"outer\": 1.5", "\"outer\": 0.75", "inner 0.75 and outer 0.75 must satisfy 0 <= inner < outer");
    refuse("\"softness\": 0.125", "\"softness\": 0", "blend.softness = 0 is below");
    refuse("\"least_sum\": 0.0", "\"least_sum\": -1", "blend.least_sum = -1 is negative");
}

TEST(ModelFile, TheSwitchOfABridgeMayBeInSinglePrecision) {
    ModelData model = bridged_model();
    testing::local_of(model).bridge = testing::bridge_between(0.8, 1.7);
    const ModelData got = read(model_parts(model).with("\"arithmetic\": \"float64\"", "\"arithmetic\": \"float32\""));
    EXPECT_EQ(got.local().bridge->width, double(float(1.7 - 0.8)));
    EXPECT_NE(got.local().bridge->width, 1.7 - 0.8);
}

TEST(ModelFile, AnotherVersionOfTheFormatIsRefusedWithWhatToDo) {
    const ModelParts parts = model_parts(rich_model());
    const auto refuse = [&](const char* version, const char* remedy) {
        expect_input_error([&] { read(parts.with("\"format_version\": 2", concat("\"format_version\": ", version))); },
                           {"test.dpmd: format_version", "this version of dpmd reads 2", remedy});
    };

    refuse("1", "convert the model again from its source, with: dpmd convert");
    refuse("3", "a later one has written the file");
}

TEST(ModelFile, AWrongTypeIsReportedWithItsPath) {
    const ModelParts parts = model_parts(rich_model());
    const auto refuse = [&](const char* before, const char* after, const char* path) {
        expect_input_error([&] { read(parts.with(before, after)); }, {"test.dpmd", path});
    };

    refuse("\"cutoff\": 4.0", "\"cutoff\": true", "terms[0].descriptors[0].environment.cutoff must be a number");
    refuse("\"sel\": [40, 50]", "\"sel\": [40, \"x\"]", "environment.sel[1] must be an integer");
    refuse("\"sel\": [40, 50]", "\"sel\": [40, -3]", "environment.sel[1] = -3 is not between 0 and");
    refuse("\"sel\": [40, 50]", "\"sel\": [40]", "environment.sel has 1 entry for 2 types");
    refuse("\"n_fparam\": 2", "\"n_fparam\": {}", "fitting.n_fparam must be an integer");
    refuse("\"type_map\": [\"T0\", \"T1\"]", "\"type_map\": [\"T0\", 8]", "type_map[1] must be a string");
    refuse("\"activation\": \"silut:2.5\"", "\"activation\": \"tan\"", "networks[0][0].layers[0].activation");
    refuse("\"activation\": \"silut:2.5\"", "\"activation\": \"silut:\"", "layers[0].activation");
    refuse("\"activation\": \"silut:2.5\"", "\"activation\": \"silut:2.5x\"", "layers[0].activation");
    refuse("\"activation\": \"silut:2.5\"", "\"activation\": \"silut:nan\"", "layers[0].activation");
    refuse("\"activation\": \"silut:2.5\"", "\"activation\": \"silut:inf\"", "layers[0].activation");
    refuse("\"activation\": \"silut:2.5\"", "\"activation\": 5", "layers[0].activation must be a string");
    refuse("\"skip\": \"none\"", "\"skip\": \"both\"", "layers[0].skip = 'both' is not one of none, identity, double");
    refuse("\"skip\": \"none\"", "\"skip\": \"identity\"",
           "layers[0].skip = 'identity' does not fit a layer from 1 to 4");
    refuse("\"timestep\": \"tensor\"", "\"timestep\": 1", "layers[0].timestep must be a string");
    refuse("\"bias\": \"tensor\"", "\"bias\": \"none\"", "layers[0].bias = 'none' must be 'tensor'");
}

/// The last key of a place: messages show the others with brackets.
std::string last_step(const std::string& place) { return place.substr(place.rfind('.') + 1); }

TEST(ModelFile, ATensorThatIsMissingOrOfAnotherShapeOrDtypeIsNamed) {
    const ModelParts parts = model_parts(rich_model());
    for (const auto& [name, tensor] : parts.tensors) {
        SCOPED_TRACE(name);
        ModelParts missing = parts, longer = parts, deeper = parts, integers = parts;
        missing.tensors.erase(name);
        longer.tensors[name].values.resize(tensor.values.size() / std::size_t(tensor.shape[0]) + tensor.values.size(),
                                           0.5);
        ++longer.tensors[name].shape[0];
        deeper.tensors[name].shape.push_back(1);
        integers.tensors.erase(name);
        integers.integer_tensors[name] = std::vector<std::int64_t>(tensor.values.size(), 1);

        expect_input_error([&] { read(missing); }, {"test.dpmd", name});
        expect_input_error([&] { read(longer); }, {"test.dpmd"});
        expect_input_error([&] { read(deeper); }, {"test.dpmd", last_step(name)});
        expect_input_error([&] { read(integers); }, {"test.dpmd", last_step(name)});
    }
}

TEST(ModelFile, NumbersThatAreNotFiniteAreNamed) {
    const ModelParts parts = model_parts(rich_model());
    for (const auto& [name, tensor] : parts.tensors)
        for (const double bad : {HUGE_VAL, -HUGE_VAL, std::nan("")}) {
            ModelParts spoiled = parts;
            spoiled.tensors[name].values.back() = bad;

            expect_input_error([&] { read(spoiled); }, {"test.dpmd", name, std::to_string(tensor.values.size() - 1)});
        }
}

TEST(ModelFile, ADstdThatIsNotPositiveIsRefused) {
    for (const double bad : {0.0, -0.1}) {
        ModelParts parts = model_parts(rich_model());
        parts.tensors["terms.0.descriptors.0.environment.scale"].values[3] = bad;

        expect_input_error([&] { read(parts); }, {"environment.scale", "positive"});
    }
}

TEST(ModelFile, ATableWhoseRangeDoesNotFitItsRowsIsRefused) {
    const ModelParts parts = model_parts(table_model());  // -0.25, 1.5, 3 by 0.125, 0.25: 14 + 6 rows
    const auto refuse = [&](const char* before, const char* after, const char* part) {
        SCOPED_TRACE(after);
        expect_input_error([&] { read(parts.with(before, after)); }, {"test.dpmd", part});
    };

    refuse("\"lower\": -0.25", "\"lower\": 2", "range");
    refuse("\"upper\": 1.5", "\"upper\": 4", "range");
    refuse("\"max\": 3.0", "\"max\": 1", "range");
    refuse("\"max\": 3.0", "\"max\": 1.6", "no coarse step");
    refuse("\"stride0\": 0.125", "\"stride0\": 2", "no fine step");
    refuse("\"max\": 3.0", "\"max\": 30", "rows");
    refuse("\"max\": 3.0", "\"max\": 1e300", "max = 1e+300 is beyond");
    refuse("\"stride0\": 0.125", "\"stride0\": 0", "strides");
    refuse("\"stride0\": 0.125", "\"stride0\": -0.125", "strides");
    refuse("\"stride0\": 0.125", "\"stride0\": 1e-300", "rows");
    refuse("\"stride0\": 0.125", "\"stride0\": 0.01", "rows");
    refuse("\"stride1\": 0.25", "\"stride1\": 0", "strides");
    refuse("\"stride1\": 0.25", "\"stride1\": 0.01", "rows");
    refuse("\"extrapolation\": \"clamp\"", "\"extrapolation\": \"cubic\"", "extrapolation");
    refuse("\"extrapolation\": \"clamp\"", "\"extrapolation\": 1", "extrapolation");
    ModelParts odd = parts;
    auto& shape = odd.tensors["terms.0.descriptors.0.embedding.networks.0.0.table.coefficients"].shape;
    shape = {shape[0] * 6, shape[1] / 6};
    expect_input_error([&] { read(odd); }, {"networks[0][0].table.coefficients", "six columns"});
}

TEST(ModelFile, ATableIsNeverReadBeyondItsEndWhateverItsStrides) {
    // ranges that are not multiples of the strides: the last step is shorter than the others
    for (const auto& [max, stride0, stride1] :
         {std::tuple{2.9, 0.125, 0.25}, {1.75, 0.125, 0.25}, {3.0, 0.13, 0.25}, {3.0, 0.125, 0.9}}) {
        ModelData model = table_model();
        for (auto& network : testing::se_a_of(model).embedding.nets[0]) {
            Table& table = *network->table;
            table.max = max;
            table.stride0 = stride0;
            table.stride1 = stride1;
            table.n_rows = int((table.upper - table.lower) / stride0) + int((max - table.upper) / stride1);
            table.coefficients.resize(std::size_t(table.n_rows * table.n_channels * 6));
        }
        // s from below the range to above it: a pair at every distance
        reference::System system;
        for (int k = 0; k < 400; ++k) {
            system.positions.insert(system.positions.end(), {100.0 * k, 0, 0, 100.0 * k + 0.4 + 0.009 * k, 0, 0});
            system.types.insert(system.types.end(), {0, 0});
        }
        const ModelData got = read(model_parts(model));

        const auto engine = testing::make_engine(got);
        const testing::EngineResult result = testing::compute(*engine, system);

        EXPECT_TRUE(std::isfinite(result.energy));  // and AddressSanitizer finds nothing
    }
}

TEST(ModelFile, LayersMustFitEachOther) {
    ModelData model = rich_model();
    Layer& layer = testing::fitting_of(model).networks[1].layers[1];
    layer.n_in += 1;
    layer.weight.resize(std::size_t(layer.n_in * layer.n_out), 0.1);
    layer.skip = Skip::none;

    expect_input_error([&] { read(model_parts(model)); },
                       {"terms[0].fitting.networks[1].layers[1] takes 11 inputs but gets 10"});
}

TEST(ModelFile, EmptyLayersAndWidthsThatOverflowAreRefused) {
    const ModelParts parts = model_parts(random_model({}, 5));
    const std::size_t begin = parts.json.find("{\"layers\": ["), end = parts.json.find("]", begin) + 1;
    expect_input_error([&] { read(parts.with(parts.json.substr(begin, end - begin), "{\"layers\": []")); },
                       {"layers has no layers"});
    expect_input_error([&] { read(parts.with("{\"layers\": [", "{\"layers\": null, \"x\": [")); },
                       {"layers must be a list"});

    // 65536 channels and as many axis neurons: their product is 2^32, which is zero in 32 bits
    ModelRecipe recipe;
    recipe.n_types = 1;
    recipe.embedding = {65536};
    recipe.axis = 1;
    recipe.fitting = {};
    recipe.n_fparam = 1;
    ModelData model = random_model(recipe, 6);
    testing::se_a_of(model).axis_neuron = 65536;
    Layer& last = testing::fitting_of(model).networks[0].layers[0];
    last.n_in = 1;
    last.weight = {0.5};

    expect_input_error([&] { read(model_parts(model)); }, {"axis_neuron = 65536", "more features"});
}

TEST(ModelFile, WhatWouldChangeTheMeaningOfAModelIsRefused) {
    ModelParts angular = model_parts(rich_model());
    angular.tensors["terms.0.descriptors.0.environment.shift"].values[2] = 0.1;
    expect_input_error([&] { read(angular); }, {"environment.shift holds 0.1 for a direction"});

    ModelData bent = rich_model(), wide = rich_model();
    testing::fitting_of(bent).networks[0].layers.back().activation = Activation::tanh;
    expect_input_error([&] { read(model_parts(bent)); }, {"fitting.networks[0]: its last layer must be linear"});
    Layer& last = testing::fitting_of(wide).networks[1].layers.back();
    last.n_out = 2;
    last.weight.resize(2 * last.weight.size());
    last.bias.resize(2);
    expect_input_error([&] { read(model_parts(wide)); }, {"fitting.networks[1] has 2 outputs; an energy has one"});

    const ModelParts nets = model_parts(random_model({}, 8));
    const std::size_t begin = nets.json.find("\"networks\": ["), end = nets.json.find("}, \"axis_neuron\"");
    const std::string embeddings = nets.json.substr(begin, end - begin);
    expect_input_error([&] { read(nets.with(embeddings, "\"networks\": [[null, null]]")); }, {"no embedding net"});
}

TEST(ModelFile, AFileThatIsNoModelIsRefused) {
    const testing::TemporaryDirectory directory;
    expect_input_error([&] { read_model(directory / "absent.dpmd"); }, {"absent.dpmd", "No such file"});
    expect_input_error([&] { read_model(directory.path()); }, {directory.path()});
    expect_input_error([&] { read_model(std::vector<std::byte>{}, "empty"); }, {"empty"});
    SafetensorsWriter foreign;
    const double one = 1;
    foreign.add("x", std::span(&one, 1), {1});
    foreign.write(directory / "foreign.safetensors");
    expect_input_error([&] { read_model(directory / "foreign.safetensors"); }, {"not written by dpmd"});
}

TEST(ModelFile, DocumentsThatAreNoModelAreRefused) {
    for (const char* json : {"", "{", "[]", "3", "null", "{}", "{\"format_version\": 2}", "\"dpmd\""}) {
        ModelParts parts = model_parts(random_model({}, 7));
        parts.json = json;

        expect_input_error([&] { read(parts); }, {"test.dpmd"});
    }
}

}  // namespace
}  // namespace dpmd
