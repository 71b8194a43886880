#pragma once
// A ModelData as a .dpmd file (docs/model-format.md), written in parts that a test can spoil one by one.
#include <cstddef>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "io/json.hpp"
#include "models/model_data.hpp"

namespace dpmd::testing {

struct Tensor {
    std::vector<double> values;
    std::vector<std::int64_t> shape;
};

/// The JSON document and the arrays.
struct ModelParts {
    std::string json;
    std::map<std::string, Tensor> tensors;
    std::map<std::string, std::vector<std::int64_t>> integer_tensors;  ///< one-dimensional, to be of a wrong dtype

    /// Replaces the first occurrence; throws when there is none, so that a test cannot become empty.
    ModelParts with(const std::string& old_text, const std::string& new_text) const {
        ModelParts out = *this;
        const std::size_t at = out.json.find(old_text);
        if (at == std::string::npos) throw std::logic_error(concat("no '", old_text, "' in ", out.json));
        out.json.replace(at, old_text.size(), new_text);
        return out;
    }
    /// Removes "key": value, where the value is given as text.
    ModelParts without(const std::string& key, const std::string& value) const {
        const std::string field = concat("\"", key, "\": ", value);
        return json.find(field + ", ") != std::string::npos ? with(field + ", ", "") : with(concat(", ", field), "");
    }
    /// The file, put together by hand: not by the writer under test, and without a disk.
    std::vector<std::byte> bytes() const {
        std::string header = concat("{\"__metadata__\":{\"format\":\"dpmd\",\"dpmd\":", json_quote(json), "}"), data;
        const auto append = [&](const std::string& name, const char* dtype, const std::vector<std::int64_t>& shape,
                                const void* values, std::size_t size) {
            std::string extents;
            for (const std::int64_t n : shape) extents += concat(extents.empty() ? "" : ",", n);
            header += concat(",", json_quote(name), ":{\"dtype\":\"", dtype, "\",\"shape\":[", extents,
                             "],\"data_offsets\":[", data.size(), ",", data.size() + size, "]}");
            data.append(static_cast<const char*>(values), size);
        };
        for (const auto& [name, tensor] : tensors)
            append(name, "F64", tensor.shape, tensor.values.data(), tensor.values.size() * sizeof(double));
        for (const auto& [name, values] : integer_tensors)
            append(name, "I64", {std::int64_t(values.size())}, values.data(), values.size() * sizeof(std::int64_t));
        header += "}";
        header.resize((header.size() + 7) / 8 * 8, ' ');
        const std::uint64_t length = header.size();
        std::vector<std::byte> out(sizeof length + header.size() + data.size());
        std::memcpy(out.data(), &length, sizeof length);
        std::memcpy(out.data() + sizeof length, header.data(), header.size());
        if (!data.empty()) std::memcpy(out.data() + sizeof length + header.size(), data.data(), data.size());
        return out;
    }
};

namespace detail {

template <class List, class F>
std::string json_list(const List& list, F&& text_of) {
    std::string out = "[";
    for (std::size_t k = 0; k < list.size(); ++k) out += concat(k ? ", " : "", text_of(list[k]));
    return out + "]";
}
inline std::string json_number(double x) {
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", x);
    return text;
}
inline std::string json_bool(bool x) { return x ? "true" : "false"; }
inline std::string json_pairs(const std::vector<std::pair<int, int>>& pairs) {
    return json_list(pairs, [](const auto& p) { return concat("[", p.first, ", ", p.second, "]"); });
}
inline std::string json_activation(const Layer& layer) {
    static const char* names[] = {"linear", "tanh", "gelu", "relu", "relu6", "softplus", "sigmoid", "silu"};
    if (layer.activation == Activation::silut) return concat("silut:", json_number(layer.silut_threshold));
    if (layer.activation == Activation::gelu_single) return "gelu_single";
    return names[static_cast<int>(layer.activation)];
}

inline std::string add_network(ModelParts& parts, const Network& network, const std::string& name) {
    if (network.table) {
        const Table& t = *network.table;
        parts.tensors[name + ".table"] = {t.coefficients, {t.n_rows, 6 * t.n_channels}};
        return concat("{\"table\": {\"lower\": ", json_number(t.lower), ", \"upper\": ", json_number(t.upper),
                      ", \"max\": ", json_number(t.max), ", \"stride0\": ", json_number(t.stride0),
                      ", \"stride1\": ", json_number(t.stride1), ", \"extrapolation\": \"",
                      t.linear_extrapolation ? "linear" : "clamp", "\"}}");
    }
    std::string layers;
    for (std::size_t k = 0; k < network.layers.size(); ++k) {
        const Layer& layer = network.layers[k];
        const std::string stem = concat(name, ".", k);
        parts.tensors[stem + ".w"] = {layer.weight, {layer.n_in, layer.n_out}};
        if (!layer.bias.empty()) parts.tensors[stem + ".b"] = {layer.bias, {layer.n_out}};
        if (!layer.timestep.empty()) parts.tensors[stem + ".idt"] = {layer.timestep, {layer.n_out}};
        static const char* skips[] = {"none", "identity", "double"};
        layers += concat(k ? ", " : "", "{\"activation\": \"", json_activation(layer), "\", \"skip\": \"",
                         skips[static_cast<int>(layer.skip)], "\", \"timestep\": ", json_bool(!layer.timestep.empty()),
                         ", \"bias\": ", json_bool(!layer.bias.empty()), "}");
    }
    return concat("{\"layers\": [", layers, "]}");
}

}  // namespace detail

inline ModelParts model_parts(const ModelData& model) {
    using namespace detail;
    const LocalModel& local = model.local();
    const NetTerm& term = local.terms.front();
    const SeA& d = std::get<SeA>(term.descriptors.front());
    const Environment& e = d.environment;
    const Fitting& f = term.fitting;
    const auto integer = [](int x) { return std::to_string(x); };
    const auto n_types = std::int64_t(model.n_types());
    ModelParts parts;
    std::string embeddings = "[";
    for (std::size_t i = 0; i < d.embedding.nets.size(); ++i) {
        embeddings += i ? ", [" : "[";
        for (std::size_t j = 0; j < d.embedding.nets[i].size(); ++j) {
            const std::string name = concat("embedding.", i, ".", j);
            embeddings += concat(j ? ", " : "",
                                 d.embedding.nets[i][j] ? add_network(parts, *d.embedding.nets[i][j], name) : "null");
        }
        embeddings += "]";
    }
    embeddings += "]";
    std::string fittings = "[";
    for (std::size_t t = 0; t < f.networks.size(); ++t)
        fittings += concat(t ? ", " : "", add_network(parts, f.networks[t], concat("fitting.", t)));
    fittings += "]";
    parts.tensors["descriptor.davg"] = {e.shift, {n_types, 4}};
    parts.tensors["descriptor.dstd"] = {e.scale, {n_types, 4}};
    parts.tensors["fitting.energy_shift"] = {f.energy_shift, {n_types}};
    if (f.n_fparam > 0) {
        parts.tensors["fitting.fparam_avg"] = {f.fparam_shift, {f.n_fparam}};
        parts.tensors["fitting.fparam_inv_std"] = {f.fparam_scale, {f.n_fparam}};
    }
    if (f.n_aparam > 0) {
        parts.tensors["fitting.aparam_avg"] = {f.aparam_shift, {f.n_aparam}};
        parts.tensors["fitting.aparam_inv_std"] = {f.aparam_scale, {f.n_aparam}};
    }
    if (!f.case_embedding.empty())
        parts.tensors["fitting.case_embedding"] = {f.case_embedding, {std::int64_t(f.case_embedding.size())}};
    parts.json = concat(
        "{\"format_version\": 1, \"model_type\": \"energy\", \"type_map\": ", json_list(model.type_map, json_quote),
        ", \"precision\": \"", model.precision,
        "\", \"descriptor\": {\"type\": \"se_e2_a\", \"cutoff\": ", json_number(e.cutoff),
        ", \"cutoff_smooth\": ", json_number(e.cutoff_smooth), ", \"cutoff_arithmetic\": \"",
        (e.single_precision_cutoff ? "float32" : "float64"), "\", \"env_protection\": ", json_number(e.protection),
        ", \"sel\": ", json_list(e.sel, integer), ", \"normalization\": ", integer(e.normalization),
        ", \"axis_neuron\": ", integer(d.axis_neuron), ", \"type_one_side\": ", json_bool(d.embedding.type_one_side),
        ", \"exclude_types\": ", json_pairs(e.exclude_types), ", \"excluded_padding\": \"",
        (e.excluded_padding_kept ? "keep" : "drop"), "\", \"overflow_order\": \"",
        (e.overflow_all_types_first ? "all_types" : "by_type"), "\", \"networks\": ", embeddings,
        "}, \"fitting\": {\"networks\": ", fittings, ", \"n_fparam\": ", integer(f.n_fparam),
        ", \"n_aparam\": ", integer(f.n_aparam),
        ", \"default_fparam\": ", (f.default_fparam ? json_list(*f.default_fparam, json_number) : std::string("null")),
        ", \"subtract_vacuum\": ", json_list(f.subtract_vacuum, json_bool),
        "}, \"pair_exclude_types\": ", json_pairs(local.pair_exclude_types),
        ", \"atom_exclude_types\": ", json_list(local.atom_exclude_types, integer), ", \"min_neighbor_distance\": ",
        (model.min_neighbor_distance ? json_number(*model.min_neighbor_distance) : std::string("null")),
        ", \"source\": {}, \"training_script\": null}");
    return parts;
}

}  // namespace dpmd::testing
