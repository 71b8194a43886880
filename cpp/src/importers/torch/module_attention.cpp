#include "importers/torch/module_attention.hpp"

#include <string>
#include <utility>

#include "importers/torch/module_typed.hpp"

namespace dpmd::importers {
namespace {

Value linear_module(const TorchModule& module) { return linear_section(module.get("matrix"), module.get("bias")); }

Value attention_layer(const TorchModule& layer) {
    const TorchModule inner = layer.module("attention_layer"), norm = layer.module("attn_layer_norm");
    Mapping out, inner_section;
    for (const char* name : {"hidden_dim", "num_heads", "scaling_factor", "temperature", "normalize", "dotr", "smooth"})
        add(inner_section, name, inner.get(name));
    for (const char* name : {"in_proj", "out_proj"}) add(inner_section, name, linear_module(inner.module(name)));
    Mapping norm_section = *linear_module(norm).as<Mapping>();
    add(norm_section, "eps", norm.get("eps"));
    add(out, "attention_layer", std::move(inner_section));
    add(out, "attn_layer_norm", std::move(norm_section));
    return Value(std::move(out));
}

}  // namespace

Value attention_descriptor(const TorchModule& module) {
    const TorchModule block = module.module("se_atten");
    Mapping section = typed_section(module, block, block.get("adam_degree_gain_raw")), attention;
    add(section, "type", std::string("dpa1"));
    for (const char* name : {"axis_neuron", "type_one_side", "attn_mask", "lmax"}) add(section, name, block.get(name));
    add(section, "smooth_type_embedding", block.get("smooth"));
    List layers;
    for (const auto& layer : block.module("dpa1_attention").module("attention_layers").numbered())
        if (layer) layers.push_back(attention_layer(*layer));
    add(attention, "attention_layers", std::move(layers));
    add(section, "attention_layers", std::move(attention));
    add(section, "norm_floor", torch_norm_floor);
    if (block.get("tebd_compress").is_true())
        add(section, "compress", tables_section(block, block.get("geo_compress").is_true()));
    return Value(std::move(section));
}

}  // namespace dpmd::importers
