#include "importers/torch/module_typed.hpp"

#include <string>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"

namespace dpmd::importers {
namespace {

Value type_embedding_section(const TorchModule& module) {
    List layers;
    for (const auto& layer : module.module("embedding_net").module("layers").numbered())
        layers.push_back(module_layer(layer));
    Mapping out, network;
    add(network, "layers", std::move(layers));
    add(out, "use_econf_tebd", module.get("use_econf_tebd").is_true());
    add(out, "embedding", std::move(network));
    return Value(std::move(out));
}

}  // namespace

Mapping typed_section(const TorchModule& module, const TorchModule& block, Value gain) {
    const Value n_types_value = block.get("ntypes");
    Value sel = block.get("sel");
    const auto* number = n_types_value.as<std::int64_t>();
    if (number == nullptr || !sel.is_list())
        throw InputError(concat(block.place(), ": ntypes and sel are not a number and a list"));
    const int n_types = checked_types(*number, concat(block.place(), ".ntypes"));
    const Array mask = exclusion_mask(block, "emask");
    Mapping out, variables;
    for (const char* name : {"rcut", "rcut_smth", "tebd_input_mode", "env_protection"}) add(out, name, block.get(name));
    add(out, "ntypes", *number);
    add(out, "sel", std::move(sel));
    for (const char* name : {"concat_output_tebd", "type_map"}) add(out, name, module.get(name));
    add(out, "exclude_types", excluded_pairs(mask.get(), n_types, concat(block.whole_place(), ".emask")));
    add(out, "type_embedding", type_embedding_section(module.module("type_embedding").module("embedding")));
    add(out, "embeddings", collection(module_networks(block.module("filter_layers")), 0, n_types));
    if (const auto strip = block.optional("filter_layers_strip"))
        add(out, "embeddings_strip", collection(module_networks(*strip), 0, n_types));
    add(variables, "davg", block.get("mean"));
    add(variables, "dstd", block.get("stddev"));
    add(variables, "degree_gain_raw", std::move(gain));
    add(out, "@variables", std::move(variables));
    return out;
}

Mapping tables_section(const TorchModule& block, bool has_table) {
    Mapping out, variables;
    add(out, "geo_compress", has_table);
    add(variables, "type_embd_data", block.get("type_embd_data"));
    for (const char* name : {"compress_data", "compress_info"})
        add(variables, name, block.module(name).numbered_arrays());
    add(out, "@variables", std::move(variables));
    return out;
}

Value three_body_descriptor(const TorchModule& module, const DescriptorLayout& layout) {
    const TorchModule block = module.module(layout.block);
    Mapping section = typed_section(module, block);
    add(section, "type", std::string(layout.name));
    add(section, "smooth", module.get("smooth"));
    if (block.get("compress").is_true()) add(section, "compress", tables_section(block, true));
    return Value(std::move(section));
}

}  // namespace dpmd::importers
