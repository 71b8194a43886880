#include "importers/torch/checkpoint_typed.hpp"

#include <cstdint>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/torch/checkpoint_descriptors.hpp"
#include "importers/torch/module_attention.hpp"

namespace dpmd::importers {
namespace {

// DeePMD-kit's defaults of the settings.
constexpr std::pair<const char*, double> numbers[] = {{"rcut", 6.0}, {"rcut_smth", 0.5}, {"env_protection", 0.0}};
constexpr std::pair<const char*, int> integers[] = {{"axis_neuron", 4}, {"lmax", 1}};
constexpr double norm_epsilon = 1e-5;
constexpr std::size_t most_layers = 1000;

/// How types enter by the settings of a checkpoint; an older key goes before the newer one.
std::string input_mode(const Section& params, bool is_always_stripped = false) {
    if (is_always_stripped || params.flag("stripped_type_embedding", false)) return "strip";
    return params.has("stripped_type_embedding") ? "concat" : params.text("tebd_input_mode", "concat");
}

Value type_embedding_section(const CheckpointWeights& weights, const Section& params, const std::string& prefix) {
    const std::string inside =
        concat(prefix, ".type_embedding.", weights.is_exportable() ? "" : "embedding.", "embedding_net.layers.");
    List layers;
    while (layers.size() < most_layers) {
        const std::string place = concat(inside, layers.size(), ".");
        Value weight = weights.value(concat(place, weights.dialect().weight));
        if (weight.is_null()) break;
        layers.emplace_back(layer_section(std::move(weight), weights.value(concat(place, weights.dialect().bias)),
                                          weights.value(place + "idt"), Value(std::string("linear")), Value(true)));
    }
    Mapping out, network;
    add(network, "layers", std::move(layers));
    add(out, "use_econf_tebd", params.flag("use_econf_tebd", false));
    add(out, "embedding", std::move(network));
    return Value(std::move(out));
}

/// What a checkpoint holds of any such descriptor: the tensors of its networks begin with `block`. `mode` is how types
/// enter. The array `gain`, which may be null, is one of its variables too.
Mapping typed_section(const CheckpointWeights& weights, const Section& params, const std::string& prefix,
                      const std::string& block, const std::string& mode, const Value& type_map, Value gain = {}) {
    const Array davg = weights.array(block + ".mean");
    if (!davg || davg->shape.size() != 3)
        throw InputError(concat(params.place(), ": the checkpoint has no tensor ", block, ".mean [types, slots, 4]"));
    const int n_types = checked_types(davg->shape[0], block + ".mean");
    const Array mask = weights.array(block + ".emask.type_mask");
    const std::string collections = concat(block, ".", weights.dialect().embeddings);
    const Value activation = activation_of_checkpoint(params);
    Mapping out, variables;
    for (const auto& [name, otherwise] : numbers) add(out, name, params.number(name, otherwise));
    add(out, "ntypes", std::int64_t(n_types));
    add(out, "sel", List{Value(davg->shape[1])});
    add(out, "tebd_input_mode", mode);
    add(out, "concat_output_tebd", params.flag("concat_output_tebd", true));
    add(out, "type_map", type_map);
    add(out, "exclude_types",
        mask ? excluded_pairs(mask.get(), n_types, block + ".emask") : Value(params.list_or_empty("exclude_types")));
    add(out, "type_embedding", type_embedding_section(weights, params, prefix));
    add(out, "embeddings", collection(weights.networks(collections, activation), 0, n_types));
    if (mode == "strip")
        add(out, "embeddings_strip", collection(weights.networks(collections + "_strip", activation), 0, n_types));
    add(variables, "davg", davg);
    add(variables, "dstd", weights.value(block + ".stddev"));
    add(variables, "degree_gain_raw", std::move(gain));
    add(out, "@variables", std::move(variables));
    return out;
}

Value attention_layer(const CheckpointWeights& weights, const Section& params, const std::string& place, bool smooth) {
    Mapping out, inner, norm = *weights.linear(place + ".attn_layer_norm").as<Mapping>();
    add(inner, "scaling_factor", params.number("scaling_factor", 1.0));
    add(inner, "temperature", params.find("temperature"));
    add(inner, "normalize", params.flag("normalize", true));
    add(inner, "dotr", params.flag("attn_dotr", true));
    add(inner, "smooth", smooth);
    for (const char* name : {"in_proj", "out_proj"})
        add(inner, name, weights.linear(concat(place, ".attention_layer.", name)));
    add(norm, "eps", params.number("ln_eps", norm_epsilon));
    add(out, "attention_layer", std::move(inner));
    add(out, "attn_layer_norm", std::move(norm));
    return Value(std::move(out));
}

}  // namespace

Value attention_of_checkpoint(const CheckpointWeights& weights, const Section& params, const std::string& prefix,
                              const Value& type_map, const DescriptorLayout& layout) {
    const std::string block = concat(prefix, ".", layout.block);
    const bool is_v2 = params.text("type") == "se_atten_v2";
    const bool smooth = is_v2 || params.flag("smooth_type_embedding", false);
    const Array gain = weights.array(block + ".adam_degree_gain_raw", block + ".degree_gain_raw");
    Mapping out = typed_section(weights, params, prefix, block, input_mode(params, is_v2), type_map, value_of(gain));
    add(out, "type", std::string("dpa1"));
    for (const auto& [name, otherwise] : integers) add(out, name, std::int64_t(params.integer(name, otherwise)));
    for (const char* name : {"type_one_side", "attn_mask"}) add(out, name, params.flag(name, false));
    add(out, "smooth_type_embedding", smooth);
    add(out, "spin", params.find("spin"));
    Mapping attention;
    List layers;
    const auto place = [&] { return concat(block, ".dpa1_attention.attention_layers.", layers.size()); };
    while (weights.holds(place())) layers.push_back(attention_layer(weights, params, place(), smooth));
    add(attention, "attention_layers", std::move(layers));
    add(out, "attention_layers", std::move(attention));
    add(out, "norm_floor", weights.is_exportable() ? 0.0 : torch_norm_floor);
    return Value(std::move(out));
}

Value three_body_of_checkpoint(const CheckpointWeights& weights, const Section& params, const std::string& prefix,
                               const Value& type_map, const DescriptorLayout& layout) {
    const std::string block = concat(prefix, ".", layout.block);
    Mapping out = typed_section(weights, params, prefix, block, input_mode(params), type_map);
    add(out, "type", std::string(layout.name));
    add(out, "smooth", params.flag("smooth", true));
    return Value(std::move(out));
}

}  // namespace dpmd::importers
