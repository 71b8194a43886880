#include "importers/torch/checkpoint_descriptors.hpp"

#include <utility>

#include "core/text.hpp"
#include "importers/common.hpp"
#include "importers/torch/checkpoint_typed.hpp"
#include "importers/torch/descriptor_layouts.hpp"

namespace dpmd::importers {
namespace {

constexpr double default_cutoff = 6.0, default_cutoff_smooth = 0.5;
constexpr const char* default_activation = "tanh";

Value by_types(const CheckpointWeights& weights, const Section& params, const std::string& prefix,
               const DescriptorLayout& layout) {
    const std::vector<int> slots = params.integers("sel");
    const int n_types = int(checked_sel({slots.begin(), slots.end()}, params.at("sel")).size());
    const std::string inner = concat(prefix, ".", layout.block);
    const std::string& block = !layout.block.empty() && weights.holds(inner) ? inner : prefix;
    List networks =
        weights.networks(concat(block, ".", weights.dialect().embeddings), activation_of_checkpoint(params));
    const bool one_side = n_types > 1 ? networks.size() == std::size_t(n_types) : params.flag("type_one_side", false);
    const Array mask = weights.array(block + ".emask.type_mask");
    Mapping out, variables;
    add(out, "type", std::string(layout.name));
    add(out, "rcut", params.number("rcut", default_cutoff));
    add(out, "rcut_smth", params.number("rcut_smth", default_cutoff_smooth));
    add(out, "sel", params.get("sel"));
    add(out, "type_one_side", one_side);
    add(out, "exclude_types",
        mask ? excluded_pairs(mask.get(), n_types, block + ".emask") : Value(params.list_or_empty("exclude_types")));
    add(out, "env_protection", params.number("env_protection", 0.0));
    add(out, "spin", params.find("spin"));
    add(out, "embeddings", collection(std::move(networks), one_side ? 1 : 2, n_types));
    add(variables, "davg", value_of(weights.array(block + ".mean", block + ".davg")));
    add(variables, "dstd", value_of(weights.array(block + ".stddev", block + ".dstd")));
    add(out, "@variables", std::move(variables));
    for (const DescriptorSetting& one : layout.settings)
        add(out, one.name, params.has(one.name) ? params.get(one.name) : Value(one.otherwise));
    return Value(std::move(out));
}

}  // namespace

Value activation_of_checkpoint(const Section& params) {
    return params.has("activation_function") ? params.get("activation_function")
                                             : Value(std::string(default_activation));
}

Value descriptor_of_checkpoint(const CheckpointWeights& weights, const Section& params, const std::string& prefix,
                               const Value& type_map) {
    const DescriptorLayout& layout = layout_of(params.text("type"));
    switch (layout.parts) {
        case DescriptorParts::attention: return attention_of_checkpoint(weights, params, prefix, type_map, layout);
        case DescriptorParts::three_body: return three_body_of_checkpoint(weights, params, prefix, type_map, layout);
        case DescriptorParts::typed_networks: break;
    }
    return by_types(weights, params, prefix, layout);
}

}  // namespace dpmd::importers
