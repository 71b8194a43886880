#pragma once
// Small models of DeePMD-kit's PyTorch backends in JSON, for torch_files.hpp.
#include <string>
#include <vector>

#include "core/text.hpp"
#include "support/model_documents.hpp"

namespace dpmd::testing {

/// Modules by number.
inline std::string json_modules(const char* name, const std::vector<std::string>& items) {
    std::string out = concat(R"({"@module": ")", name, R"(")");
    for (std::size_t k = 0; k < items.size(); ++k) out += concat(R"(, ")", k, R"(": )", items[k]);
    return out + "}";
}

/// A layer with a residual; without one where it is the last of a fitting net.
inline std::string torch_layer(int n_in, int n_out, bool is_last = false) {
    return concat(
        R"({"@module": "MLPLayer", "matrix": )", json_array({n_in, n_out}), R"(, "bias": )", json_array({n_out}),
        R"(, "idt": null, "precision": "float64", )",
        is_last ? R"("activate_name": "none", "resnet": false})" : R"("activate_name": "tanh", "resnet": true})");
}

/// A collection of equal networks of one layer.
inline std::string torch_networks(int n_networks, int n_in, int n_out, bool is_fitting = false) {
    const std::string layers = json_modules("ModuleList", {torch_layer(n_in, n_out, is_fitting)});
    const std::vector<std::string> all(std::size_t(n_networks), concat(R"({"@module": "EN", "layers": )", layers, "}"));
    return concat(R"({"@module": "Networks", "ndim": 1, "networks": )", json_modules("ModuleList", all), "}");
}

/// What the modules of descriptors of two types with 3 and 4 slots have in common.
inline std::string torch_environment(bool is_radial = false) {
    return concat(R"("rcut": 4.5, "rcut_smth": 0.5, "env_protection": 0.0, "type_one_side": true, "mean": )",
                  json_rows(is_radial ? "[0.1]" : "[0.1, 0, 0, 0]", 7), R"(, "stddev": )",
                  json_rows(is_radial ? "[0.5]" : "[0.5, 0.25, 0.25, 0.25]", 7),
                  R"(, "emask": {"@module": "Mask", "type_mask": )", json_array({9}), "}");
}

inline std::string torch_se_a(bool is_compressed = false) {
    const std::string table = json_array({4, 12}),
                      info = R"({"@class": "np.ndarray", "value": [0.0, 1.0, 3.0, 0.5, 1.0, -1]})";
    return concat(R"({"@module": "DescrptSeA", "sea": {"@module": "Block", "sel": [3, 4], "axis_neuron": 2, )",
                  torch_environment(), R"(, "filter_layers": )", torch_networks(2, 1, 2), R"(, "compress": )",
                  is_compressed ? "true" : "false", R"(, "compress_data": )", json_modules("List", {table, table}),
                  R"(, "compress_info": )", json_modules("List", {info, info}), "}}");
}

inline std::string torch_se_r() {
    return concat(R"({"@module": "DescrptSeR", "sel": [3, 4], )", torch_environment(true), R"(, "filter_layers": )",
                  torch_networks(2, 1, 2), "}");
}

inline std::string torch_attention() {
    const std::string linear = R"({"@module": "Linear", "matrix": )";
    const std::string norm = concat(R"({"@module": "Norm", "eps": 1e-5, "matrix": )", json_array({4}), R"(, "bias": )",
                                    json_array({4}), "}");
    const std::string inner = concat(
        R"({"@module": "Inner", "hidden_dim": 2, "num_heads": 1, "normalize": true, "dotr": true, "smooth": true, )",
        R"("scaling_factor": 1.0, "temperature": null, "in_proj": )", linear, json_array({4, 6}),
        R"(, "bias": null}, "out_proj": )", linear, json_array({2, 4}), R"(, "bias": )", json_array({4}), "}}");
    const std::string layers = json_modules(
        "List", {concat(R"({"@module": "Layer", "attention_layer": )", inner, R"(, "attn_layer_norm": )", norm, "}")});
    const std::string embedding = concat(R"({"@module": "Embedding", "embedding_net": {"@module": "EN", "layers": )",
                                         json_modules("List", {torch_layer(2, 2)}), "}}");
    return concat(
        R"({"@module": "DescrptDPA1", "type_map": ["O", "H"], "concat_output_tebd": true, "type_embedding": )",
        R"({"@module": "TypeEmbedNet", "embedding": )", embedding, R"(}, "se_atten": {"@module": "Block", )",
        R"("ntypes": 2, "sel": [7], "smooth": true, "axis_neuron": 2, "tebd_input_mode": "concat", )",
        torch_environment(), R"(, "filter_layers": )", torch_networks(1, 3, 4),
        R"(, "dpa1_attention": {"@module": "A", "attention_layers": )", layers, "}}}");
}

inline std::string torch_atomic_model(const std::string& descriptor, int n_features) {
    return concat(
        R"({"@module": "DPEnergyAtomicModel", "type_map": ["O", "H"], "out_bias": )", json_array({1, 2, 1}),
        R"(, "descriptor": )", descriptor, R"(, "fitting_net": {"@module": "EnergyFittingNet", )",
        R"("numb_fparam": 1, "mixed_types": false, "remove_vaccum_contribution": [true, false], "fparam_avg": )",
        json_array({1}), R"(, "fparam_inv_std": )", json_array({1}), R"(, "filter_layers": )",
        torch_networks(2, n_features + 1, 1, true), "}}");
}

inline std::string torch_pair_table() {
    return concat(R"({"@module": "PairTabAtomicModel", "type_map": ["O", "H"], "rcut": 5.0, "sel": 9, "ntypes": 2, )",
                  R"("tab_info": {"@class": "np.ndarray", "value": [0.1, 0.7, 7, 2]}, "tab_data": )", json_array({112}),
                  "}");
}

inline std::string torch_combination(const char* settings) {
    const std::string members = json_modules("List", {torch_atomic_model(torch_se_a(), 4), torch_pair_table()});
    return concat("{", settings, R"(, "type_map": ["O", "H"], "models": )", members, "}");
}

/// A TorchScript model of every kind.
inline std::vector<std::string> script_documents() {
    const std::string hybrid = concat(R"({"@module": "DescrptHybrid", "descrpt_list": )",
                                      json_modules("List", {torch_se_a(), torch_se_r()}), "}");
    std::vector<std::string> out;
    for (const std::string& model :
         {torch_atomic_model(torch_se_a(), 4), torch_atomic_model(torch_se_r(), 2), torch_atomic_model(hybrid, 6),
          torch_atomic_model(torch_se_a(true), 2), torch_atomic_model(torch_attention(), 10),
          torch_combination(R"("@module": "LinearEnergyAtomicModel", "weights": [0.5, 2.0])"),
          torch_combination(R"("@module": "DPZBLLinearEnergyAtomicModel", "sw_rmin": 0.4, "sw_rmax": 1.2)")})
        out.push_back(concat(R"({"@module": "EnergyModel", "model_def_script": "{\"type_map\": [\"O\", \"H\"]}", )",
                             R"("min_nbor_dist": 0.9, "atomic_model": )", model, "}"));
    return out;
}

/// The tensors of a network of one layer, by both names that backends have for them.
inline std::string checkpoint_networks(const std::string& collection, int n_networks, int n_in, int n_out,
                                       bool is_exportable) {
    std::string out;
    for (int k = 0; k < n_networks; ++k) {
        const std::string layer = concat(collection, is_exportable ? "._networks." : ".networks.", k, ".layers.0.");
        out += concat(R"(, ")", layer, is_exportable ? "w" : "matrix", R"(": )", json_array({n_in, n_out}), R"(, ")",
                      layer, is_exportable ? "b" : "bias", R"(": )", json_array({n_out}));
    }
    return out;
}

inline std::string checkpoint_tensors(const std::string& head, bool is_exportable) {
    const std::string model = concat("model.", head, ".atomic_model."), descriptor = model + "descriptor.";
    return concat(
        R"(")", model, R"(out_bias": )", json_array({1, 2, 1}), R"(, ")", descriptor, is_exportable ? "davg" : "mean",
        R"(": )", json_rows("[0.1, 0, 0, 0]", 7), R"(, ")", descriptor, is_exportable ? "dstd" : "stddev", R"(": )",
        json_rows("[0.5, 0.25, 0.25, 0.25]", 7),
        checkpoint_networks(descriptor + (is_exportable ? "embeddings" : "filter_layers"), 2, 1, 2, is_exportable),
        checkpoint_networks(model + (is_exportable ? "fitting_net.nets" : "fitting_net.filter_layers"), 2, 4, 1,
                            is_exportable));
}

/// The settings of the models whose tensors these are.
inline const std::string checkpoint_settings =
    R"({"type_map": ["O", "H"], "descriptor": {"type": "se_e2_a", "sel": [3, 4], "rcut": 4.5, "axis_neuron": 2}, )"
    R"("fitting_net": {"type": "ener"}})";

/// Checkpoints of both backends, and one of two heads, "water" and "ice".
inline std::vector<std::string> checkpoint_documents() {
    const auto document = [](const std::string& tensors, const std::string& params) {
        return concat(R"({"model": {)", tensors, R"(, "_extra_state": {"model_params": )", params, "}}}");
    };
    const std::string heads =
        concat(R"({"model_dict": {"water": )", checkpoint_settings, R"(, "ice": )", checkpoint_settings, "}}");
    return {document(checkpoint_tensors("Default", false), checkpoint_settings),
            document(checkpoint_tensors("Default", true), checkpoint_settings),
            document(checkpoint_tensors("water", false) + ", " + checkpoint_tensors("ice", false), heads)};
}

}  // namespace dpmd::testing
