#include "importers/torch/module_descriptors.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/kind.hpp"
#include "importers/shown.hpp"
#include "importers/torch/descriptor_layouts.hpp"
#include "importers/torch/module_attention.hpp"
#include "importers/torch/module_typed.hpp"

namespace dpmd::importers {
namespace {

/// Slots per neighbour type.
int n_types_of(const TorchModule& block, const Value& sel) {
    std::vector<std::int64_t> slots;
    for (const Value& one : sel.entries())
        if (const auto* n = one.as<std::int64_t>()) slots.push_back(*n);
    const std::string place = concat(block.place(), ".sel");
    if (!sel.is_list() || slots.size() != sel.entries().size()) throw InputError(place + " is not a list of counts");
    return int(checked_sel(slots, place).size());
}

/// Nets by types, or the tables in place of them.
void add_networks(Mapping& section, const TorchModule& block, int n_keys, int n_types) {
    if (!block.get("compress").is_true()) {
        add(section, "embeddings", collection(module_networks(block.module("filter_layers")), n_keys, n_types));
        return;
    }
    Mapping tables, compress;
    for (const char* name : {"compress_data", "compress_info"}) add(tables, name, block.module(name).numbered_arrays());
    add(compress, "@variables", std::move(tables));
    add(section, "compress", std::move(compress));
}

Value by_types(const TorchModule& block, const DescriptorLayout& layout) {
    Value sel = block.get("sel"), one_side = block.get("type_one_side");
    const int n_types = n_types_of(block, sel);
    if (one_side.is_null()) {
        const Value n_keys = block.module("filter_layers").get("ndim");
        one_side = Value(n_keys.as<std::int64_t>() != nullptr && *n_keys.as<std::int64_t>() == 1);
    }
    const int n_keys = one_side.is_true() ? 1 : 2;
    const Array mask = exclusion_mask(block, "emask");
    Mapping section, rows, variables;
    add(section, "type", std::string(layout.name));
    for (const char* name : {"rcut", "rcut_smth", "env_protection"}) add(section, name, block.get(name));
    for (const DescriptorSetting& one : layout.settings) add(section, one.name, block.get(one.name));
    add(section, "sel", std::move(sel));
    add(section, "type_one_side", std::move(one_side));
    add(section, "exclude_types", excluded_pairs(mask.get(), n_types, concat(block.whole_place(), ".emask")));
    add(rows, "use_exp_switch", block.get("use_exp_switch"));
    add(section, "env_mat", std::move(rows));
    add(variables, "davg", block.get("mean"));
    add(variables, "dstd", block.get("stddev"));
    add(section, "@variables", std::move(variables));
    add_networks(section, block, n_keys, n_types);
    return Value(std::move(section));
}

Value descriptor(const TorchModule& module, const Value& script) {
    const DescriptorLayout* layout = layout_of_class(module.class_name());
    if (layout != nullptr && layout->parts == DescriptorParts::attention) return attention_descriptor(module);
    if (layout != nullptr && layout->parts == DescriptorParts::three_body)
        return three_body_descriptor(module, *layout);
    if (layout != nullptr && layout->block.empty()) return by_types(module, *layout);
    const auto block = layout != nullptr ? module.optional(layout->block) : std::nullopt;
    if (block) return by_types(*block, *layout);
    const Value& kind = script.get("type");
    throw refusal(module.place(), concat("the descriptor ", kind.is_true() ? shown(kind) : shown(module.class_name())));
}

}  // namespace

Value descriptor_of_module(const TorchModule& atomic, const Value& script) {
    const TorchModule module = atomic.module("descriptor");
    if (module.class_name() != "DescrptHybrid") return descriptor(module, script);
    std::vector<Value> parts;
    for (const auto& part : module.module("descrpt_list").numbered())
        if (part) parts.push_back(descriptor(*part, {}));
    if (parts.empty()) throw InputError(concat(module.place(), ".descrpt_list holds no descriptor"));
    return joined_descriptors(std::move(parts));
}

}  // namespace dpmd::importers
