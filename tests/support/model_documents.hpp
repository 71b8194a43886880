#pragma once
// Small models of every kind as documents of DeePMD-kit in JSON, as .pt2 files hold them.
#include <cstdint>
#include <string>
#include <vector>

#include "core/text.hpp"

namespace dpmd::testing {

/// An array of small numbers, all different, in DeePMD-kit's notation.
inline std::string json_array(const std::vector<int>& shape, double first = 0.1) {
    std::string numbers;
    int n = 1;
    for (const int extent : shape) n *= extent;
    for (int k = 0; k < n; ++k) {
        int block = n;
        for (const int extent : shape) {
            if (k % block == 0) numbers += '[';
            block /= extent;
        }
        numbers += concat(first + 0.01 * k);
        block = 1;
        for (auto extent = shape.rbegin(); extent != shape.rend(); ++extent) {
            block *= *extent;
            if ((k + 1) % block == 0) numbers += ']';
        }
        if (k + 1 < n) numbers += ", ";
    }
    return concat(R"({"@class": "np.ndarray", "dtype": "float64", "value": )", numbers, "}");
}

inline std::string json_layer(int n_in, int n_out, const char* activation) {
    return concat(R"({"bias": true, "use_timestep": false, "activation_function": ")", activation,
                  R"(", "resnet": true, "@variables": {"w": )", json_array({n_in, n_out}), R"(, "b": )",
                  json_array({n_out}), R"(, "idt": null}})");
}

inline std::string json_network(int n_in, const std::vector<int>& widths, bool is_fitting = false) {
    std::string layers;
    for (const int n_out : widths) {
        layers += concat(layers.empty() ? "" : ", ", json_layer(n_in, n_out, "tanh"));
        n_in = n_out;
    }
    if (is_fitting) {
        std::string last = json_layer(n_in, 1, "linear");
        last.replace(last.find(R"("resnet": true)"), 14, R"("resnet": false)");
        layers += concat(", ", last);
    }
    return concat(R"({"precision": "float64", "layers": [)", layers, "]}");
}

inline std::string json_collection(int n_keys, int n_types, int n_networks, const std::string& network) {
    std::string networks;
    for (int k = 0; k < n_networks; ++k) networks += concat(k > 0 ? ", " : "", network);
    return concat(R"({"ndim": )", n_keys, R"(, "ntypes": )", n_types, R"(, "networks": [)", networks, "]}");
}

/// The same row of an environment for every slot of both types.
inline std::string json_rows(const std::string& row, int n_slots) {
    std::string rows;
    for (int slot = 0; slot < n_slots; ++slot) rows += concat(slot > 0 ? ", " : "", row);
    return concat(R"({"@class": "np.ndarray", "value": [[)", rows, "], [", rows, "]]}");
}

/// What descriptors of two types with 3 and 4 slots have in common.
inline std::string json_environment(const char* type, bool is_radial = false) {
    return concat(R"("type": ")", type, R"(", "@version": 2, "rcut": 4.5, "rcut_smth": 0.5, "sel": [3, 4], )",
                  R"("exclude_types": [[0, 1]], "env_protection": 0.0, "@variables": {"davg": )",
                  json_rows(is_radial ? "[0.1]" : "[0.1, 0, 0, 0]", 7), R"(, "dstd": )",
                  json_rows(is_radial ? "[0.5]" : "[0.5, 0.25, 0.25, 0.25]", 7), "}");
}

inline std::string json_se_a() {
    return concat("{", json_environment("se_e2_a"), R"(, "axis_neuron": 2, "type_one_side": false, "embeddings": )",
                  json_collection(2, 2, 4, json_network(1, {3, 6})), "}");
}

inline std::string json_se_r() {
    return concat("{", json_environment("se_e2_r", true), R"(, "type_one_side": true, "embeddings": )",
                  json_collection(1, 2, 2, json_network(1, {4})), "}");
}

inline std::string json_se_t() {
    return concat("{", json_environment("se_e3"), R"(, "embeddings": )", json_collection(2, 2, 4, json_network(1, {4})),
                  "}");
}

/// With a compression table of four rows in place of its nets.
inline std::string json_compressed_se_a() {
    const std::string table = json_array({4, 12}), info = "[0.0, 1.0, 3.0, 0.5, 1.0, -1]";
    return concat("{", json_environment("se_e2_a"), R"(, "axis_neuron": 1, "type_one_side": true, "compress": {)",
                  R"("@variables": {"compress_data": [)", table, ", ", table, R"(], "compress_info": [)", info, ", ",
                  info, "]}}}");
}

/// What descriptors with a type embedding of two numbers have; their networks take `n_in` numbers.
inline std::string json_typed(const char* type, const char* mode, int n_in) {
    const std::string embedding = json_network(2, {2});
    return concat("{", json_environment(type), R"(, "ntypes": 2, "tebd_input_mode": ")", mode,
                  R"(", "type_embedding": {"embedding": )", embedding, R"(}, "embeddings": )",
                  json_collection(0, 2, 1, json_network(n_in, {4})));
}

inline std::string json_se_t_tebd() {
    return concat(json_typed("se_e3_tebd", "strip", 1), R"(, "smooth": true, "embeddings_strip": )",
                  json_collection(0, 2, 1, json_network(4, {4})), "}");
}

/// One layer of attention with two hidden channels.
inline std::string json_attention() {
    return concat(R"({"attention_layers": [{"attention_layer": {"num_heads": 1, "normalize": true, "dotr": true, )",
                  R"("in_proj": {"@variables": {"w": )", json_array({4, 6}), R"(, "b": null}}, "out_proj": )",
                  R"({"@variables": {"w": )", json_array({2, 4}), R"(, "b": )", json_array({4}),
                  R"(}}}, "attn_layer_norm": {"eps": 1e-05, "@variables": {"w": )", json_array({4}), R"(, "b": )",
                  json_array({4}), "}}}]}");
}

inline std::string json_se_atten() {
    return concat(json_typed("dpa1", "concat", 5), R"(, "axis_neuron": 2, "attention_layers": )", json_attention(),
                  "}");
}

inline std::string json_fitting(int n_features) {
    return concat(
        R"({"@version": 4, "type": "ener", "mixed_types": false, "numb_fparam": 1, "default_fparam": [0.5], )",
        R"("atom_ener": [null, -1.5], "nets": )", json_collection(1, 2, 2, json_network(n_features + 1, {3}, true)),
        R"(, "@variables": )", R"({"bias_atom_e": )", json_array({2, 1}), R"(, "fparam_avg": )", json_array({1}),
        R"(, "fparam_inv_std": )", json_array({1}), "}}");
}

inline std::string json_model(const std::string& descriptor, int n_features) {
    return concat(R"({"@class": "Model", "@version": 2, "type": "standard", "type_map": ["O", "H"], )",
                  R"("atom_exclude_types": [], "pair_exclude_types": [[1, 1]], "descriptor": )", descriptor,
                  R"(, "fitting": )", json_fitting(n_features), R"(, "@variables": {"out_bias": )",
                  json_array({1, 2, 1}), R"(, "out_std": )", json_array({1, 2, 1}), "}}");
}

/// A table that ends at 5 Å.
inline std::string json_pair_table() {
    return concat(R"({"@version": 2, "type": "pairtab", "type_map": ["O", "H"], "rcut": 5.0, "sel": [9], )",
                  R"("tab": {"ntypes": 2, "@variables": {"tab_info": [0.1, 0.7, 7, 2], "tab_data": )",
                  json_array({112}), "}}}");
}

inline std::string json_combination(const char* settings, const std::vector<std::string>& members) {
    std::string list;
    for (const std::string& member : members) list += concat(list.empty() ? "" : ", ", member);
    return concat(R"({"@version": 2, "type_map": ["O", "H"], )", settings, R"(, "models": [)", list, "]}");
}

inline std::string json_document_of(const std::string& model) {
    return concat(R"({"software": "deepmd-kit", "version": "3.2.0", "model": )", model,
                  R"(, "model_def_script": {"type_map": ["O", "H"], "seed": 18446744073709551616, "rate": 1e-5}, )",
                  R"("@variables": {"min_nbor_dist": 0.9}})");
}

/// A document of every kind of model.
inline std::vector<std::string> model_documents() {
    const std::string se_a = json_model(json_se_a(), 12);
    const std::string hybrid =
        concat(R"({"type": "hybrid", "@version": 1, "list": [)", json_se_a(), ", ", json_se_r(), "]}");
    std::vector<std::string> out;
    for (const std::string& model :
         {se_a, json_model(json_se_r(), 4), json_model(json_se_t(), 4), json_model(json_compressed_se_a(), 2),
          json_model(json_se_t_tebd(), 6), json_model(json_se_atten(), 10), json_model(hybrid, 16), json_pair_table(),
          json_combination(R"("type": "linear_ener", "weights": [0.5, 2])", {se_a, json_pair_table()}),
          json_combination(R"("type": "zbl", "sw_rmin": 0.4, "sw_rmax": 1.2)", {se_a, json_pair_table()})})
        out.push_back(json_document_of(model));
    return out;
}

}  // namespace dpmd::testing
