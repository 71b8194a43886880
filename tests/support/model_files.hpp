#pragma once
// A ModelData as a .dpmd file (docs/model-format.md), in parts that a test can damage one by one.
#include <cstddef>
#include <cstring>
#include <map>
#include <optional>
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
    std::map<std::string, std::vector<std::int64_t>> integer_tensors;  ///< one-dimensional, for arrays of a wrong dtype

    /// Replaces the first occurrence; throws when there is none, so that a test cannot become empty.
    ModelParts with(const std::string& old_text, const std::string& new_text) const {
        ModelParts out = *this;
        const std::size_t at = out.json.find(old_text);
        if (at == std::string::npos) throw std::logic_error(concat("no '", old_text, "' in ", out.json));
        out.json.replace(at, old_text.size(), new_text);
        return out;
    }
    /// Removes "key": value, with the value given as text.
    ModelParts without(const std::string& key, const std::string& value) const {
        const std::string field = concat("\"", key, "\": ", value);
        for (const std::string& text : {field + ", ", ", " + field})
            if (json.find(text) != std::string::npos) return with(text, "");
        return with(field, "");
    }
    /// The file, assembled by hand without the writer under test and without a disk.
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
inline std::string json_integer(int x) { return std::to_string(x); }
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

/// Stores an array under its place in the document, and returns what stands for it there.
inline std::string add_tensor(ModelParts& parts, const std::string& place, const std::vector<double>& values,
                              const std::vector<std::int64_t>& shape) {
    if (values.empty()) return "null";
    parts.tensors[place] = {values, shape};
    return "\"tensor\"";
}

inline std::string add_table(ModelParts& parts, const Table& t, const std::string& place) {
    return concat(
        "{\"coefficients\": ", add_tensor(parts, place + ".coefficients", t.coefficients, {t.n_rows, 6 * t.n_channels}),
        ", \"min\": ", json_number(t.min), ", \"lower\": ", json_number(t.lower), ", \"upper\": ", json_number(t.upper),
        ", \"max\": ", json_number(t.max), ", \"stride0\": ", json_number(t.stride0),
        ", \"stride1\": ", json_number(t.stride1), ", \"extrapolation\": \"",
        t.linear_extrapolation ? "linear" : "clamp", "\"}");
}

inline std::string add_layer(ModelParts& parts, const Layer& layer, const std::string& place) {
    static const char* skips[] = {"none", "identity", "double"};
    return concat("{\"weight\": ", add_tensor(parts, place + ".weight", layer.weight, {layer.n_in, layer.n_out}),
                  ", \"bias\": ", add_tensor(parts, place + ".bias", layer.bias, {layer.n_out}),
                  ", \"timestep\": ", add_tensor(parts, place + ".timestep", layer.timestep, {layer.n_out}),
                  ", \"activation\": \"", json_activation(layer), "\", \"skip\": \"",
                  skips[static_cast<int>(layer.skip)], "\"}");
}

inline std::string add_network(ModelParts& parts, const Network& network, const std::string& place) {
    if (network.table)
        return concat("{\"layers\": null, \"table\": ", add_table(parts, *network.table, place + ".table"), "}");
    std::string layers;
    for (std::size_t k = 0; k < network.layers.size(); ++k)
        layers += concat(k ? ", " : "", add_layer(parts, network.layers[k], concat(place, ".layers.", k)));
    return concat("{\"layers\": [", layers, "], \"table\": null}");
}

inline std::string add_environment(ModelParts& parts, const Environment& e, const std::string& place) {
    constexpr const char* excluded_slots_names[] = {"drop", "keep", "zero"};                    // by ExcludedSlots
    constexpr const char* slot_order_names[] = {"by_type", "all_types", "mixed", "unlimited"};  // by SlotOrder
    const std::vector<std::int64_t> shape{e.n_types(), e.n_components};
    return concat("{\"cutoff\": ", json_number(e.cutoff), ", \"cutoff_smooth\": ", json_number(e.cutoff_smooth),
                  ", \"cutoff_arithmetic\": \"", e.single_precision_cutoff ? "float32" : "float64",
                  "\", \"protection\": ", json_number(e.protection), ", \"sel\": ", json_list(e.sel, json_integer),
                  ", \"normalization\": ", e.normalization,
                  ", \"shift\": ", add_tensor(parts, place + ".shift", e.shift, shape),
                  ", \"scale\": ", add_tensor(parts, place + ".scale", e.scale, shape),
                  ", \"exclude_types\": ", json_pairs(e.exclude_types), ", \"excluded_slots\": \"",
                  excluded_slots_names[std::size_t(e.excluded_slots)], "\", \"overflow_order\": \"",
                  slot_order_names[std::size_t(e.slot_order)], "\"}");
}

inline std::string add_embedding_nets(ModelParts& parts, const EmbeddingNets& embedding, const std::string& place) {
    std::string rows;
    for (std::size_t i = 0; i < embedding.nets.size(); ++i) {
        std::string row;
        for (std::size_t j = 0; j < embedding.nets[i].size(); ++j) {
            const std::optional<Network>& net = embedding.nets[i][j];
            row += concat(j ? ", " : "",
                          net ? add_network(parts, *net, concat(place, ".networks.", i, ".", j)) : std::string("null"));
        }
        rows += concat(i ? ", [" : "[", row, "]");
    }
    return concat("{\"type_one_side\": ", json_bool(embedding.type_one_side), ", \"networks\": [", rows, "]}");
}

inline std::string add_embedding(ModelParts& parts, const EmbeddingNets& embedding, const std::string& place) {
    return concat(", \"embedding\": ", add_embedding_nets(parts, embedding, place + ".embedding"));
}

/// What a descriptor has beside its environment.
inline std::string add_members(ModelParts& parts, const SeA& d, const std::string& place) {
    return concat(add_embedding(parts, d.embedding, place), ", \"axis_neuron\": ", d.axis_neuron);
}
inline std::string add_members(ModelParts& parts, const SeR& d, const std::string& place) {
    return add_embedding(parts, d.embedding, place);
}
inline std::string add_members(ModelParts& parts, const SeT& d, const std::string& place) {
    const int n_types = d.embedding.n_types;
    std::string rows;
    for (int a = 0; a < n_types; ++a) {
        std::string row;
        for (int b = a; b < n_types; ++b) {
            const std::optional<Network>& net = d.embedding.at(a, b);
            const std::string at = concat(place, ".embedding.networks.", a, ".", b - a);
            row += concat(b > a ? ", " : "", net ? add_network(parts, *net, at) : std::string("null"));
        }
        rows += concat(a > 0 ? ", [" : "[", row, "]");
    }
    return concat(", \"embedding\": {\"networks\": [", rows,
                  "]}, \"pair_normalization\": ", json_list(d.pair_normalization, json_integer));
}

inline std::string add_attention(ModelParts& parts, const AttentionLayer& l, const std::string& place) {
    const auto add = [&](const char* key, const std::vector<double>& values, const std::vector<std::int64_t>& shape) {
        return concat("\"", key, "\": ", add_tensor(parts, concat(place, ".", key), values, shape), ", ");
    };
    return concat(
        "{", add("in_weight", l.in_weight, {l.n_channels, 3 * l.n_hidden}), add("in_bias", l.in_bias, {3 * l.n_hidden}),
        add("out_weight", l.out_weight, {l.n_hidden, l.n_channels}), add("out_bias", l.out_bias, {l.n_channels}),
        add("norm_scale", l.norm_scale, {l.n_channels}), add("norm_shift", l.norm_shift, {l.n_channels}),
        "\"norm_epsilon\": ", json_number(l.norm_epsilon), ", \"scale\": ", json_number(l.scale),
        ", \"normalize\": ", json_bool(l.normalize), ", \"norm_floor\": ", json_number(l.norm_floor),
        ", \"dot_directions\": ", json_bool(l.dot_directions), ", \"mask_diagonal\": ", json_bool(l.masks_diagonal),
        "}");
}

/// `n_rows`: one for each type and one for padding.
inline std::string add_typed_network(ModelParts& parts, const TypedNetwork& d, int n_rows, const std::string& place) {
    return concat(", \"type_embedding\": ",
                  add_tensor(parts, place + ".type_embedding", d.type_embedding, {n_rows, d.type_width}),
                  ", \"type_input\": \"", d.type_input == TypedNetwork::TypeInput::concat ? "concat" : "strip",
                  "\", \"network\": ", add_network(parts, d.network, place + ".network"), ", \"type_network\": ",
                  d.type_network ? add_network(parts, *d.type_network, place + ".type_network") : std::string("null"),
                  ", \"type_factors\": ",
                  add_tensor(parts, place + ".type_factors", d.type_factors,
                             {d.type_one_side ? 1 : n_rows, n_rows, d.n_channels()}));
}

inline std::string add_members(ModelParts& parts, const SeTTebd& d, const std::string& place) {
    return concat(add_typed_network(parts, d, d.environment.n_types() + 1, place),
                  ", \"smooth\": ", json_bool(d.smooth),
                  ", \"output_type_embedding\": ", json_bool(d.output_type_embedding));
}

inline std::string add_members(ModelParts& parts, const SeAtten& d, const std::string& place) {
    constexpr const char* empty_slots_names[] = {"none", "first_atom", "padding", "section"};  // by EmptySlots
    const int n_rows = d.n_types() + 1;
    std::string layers;
    for (std::size_t k = 0; k < d.attention.size(); ++k)
        layers += concat(k ? ", " : "", add_attention(parts, d.attention[k], concat(place, ".attention.", k)));
    return concat(
        add_typed_network(parts, d, n_rows, place), ", \"type_one_side\": ", json_bool(d.type_one_side),
        ", \"smooth\": ", json_bool(d.smooth), ", \"switch\": \"", d.switch_kind == SeAtten::Switch::w ? "w" : "cubic",
        "\", \"axis_neuron\": ", d.axis_neuron, ", \"degree_gain\": ",
        add_tensor(parts, place + ".degree_gain", d.degree_gain, {std::int64_t(d.degree_gain.size())}),
        ", \"empty_slots\": \"", empty_slots_names[std::size_t(d.empty_slots)], "\", \"excluded_rows\": \"",
        d.excluded_rows == SeAtten::ExcludedRows::zero ? "zero" : "shift",
        "\", \"output_type_embedding\": ", json_bool(d.output_type_embedding), ", \"attention\": [", layers, "]");
}

template <class One>
std::string add_descriptor(ModelParts& parts, const One& d, const std::string& place) {
    return concat("{\"type\": \"", One::name,
                  "\", \"environment\": ", add_environment(parts, d.environment, place + ".environment"),
                  add_members(parts, d, place), "}");
}

inline std::string add_descriptor(ModelParts& parts, const LocalFrame& d, const std::string& place) {
    const auto axis = [](const LocalFrame::Axis& one) {
        return concat("{\"neighbor_type\": ", one.neighbor_type, ", \"place\": ", one.place, "}");
    };
    const auto axes = [&](const LocalFrame::Axes& both) {
        return concat("[", axis(both.first), ", ", axis(both.second), "]");
    };
    const std::vector<std::int64_t> shape{d.n_types(), d.n_features()};
    return concat("{\"type\": \"", LocalFrame::name, "\", \"cutoff\": ", json_number(d.environment.cutoff),
                  ", \"sel_full\": ", json_list(d.sel_full, json_integer),
                  ", \"sel_radial\": ", json_list(d.sel_radial, json_integer), ", \"axes\": ", json_list(d.axes, axes),
                  ", \"shift\": ", add_tensor(parts, place + ".shift", d.shift, shape),
                  ", \"scale\": ", add_tensor(parts, place + ".scale", d.scale, shape), "}");
}

inline std::string add_fitting(ModelParts& parts, const Fitting& f, const std::string& place) {
    const auto add = [&](const char* key, const std::vector<double>& values) {
        return concat(", \"", key,
                      "\": ", add_tensor(parts, concat(place, ".", key), values, {std::int64_t(values.size())}));
    };
    std::string networks;
    for (std::size_t t = 0; t < f.networks.size(); ++t)
        networks += concat(t ? ", " : "", add_network(parts, f.networks[t], concat(place, ".networks.", t)));
    return concat("{\"output\": \"energy\", \"networks\": [", networks, "]", add("energy_shift", f.energy_shift),
                  ", \"subtract_vacuum\": ", json_list(f.subtract_vacuum, json_bool), ", \"n_fparam\": ", f.n_fparam,
                  ", \"n_aparam\": ", f.n_aparam, add("fparam_shift", f.fparam_shift),
                  add("fparam_scale", f.fparam_scale), add("aparam_shift", f.aparam_shift),
                  add("aparam_scale", f.aparam_scale), add("case_embedding", f.case_embedding),
                  ", \"default_fparam\": ",
                  f.default_fparam ? json_list(*f.default_fparam, json_number) : std::string("null"), "}");
}

inline std::string add_term(ModelParts& parts, const NetTerm& term, const std::string& place) {
    std::string descriptors;
    for (std::size_t k = 0; k < term.descriptors.size(); ++k) {
        const std::string at = concat(place, ".descriptors.", k);
        descriptors +=
            std::visit([&](const auto& one) { return concat(k ? ", " : "", add_descriptor(parts, one, at)); },
                       term.descriptors[k]);
    }
    return concat("{\"kind\": \"net\", \"descriptors\": [", descriptors,
                  "], \"fitting\": ", add_fitting(parts, term.fitting, place + ".fitting"),
                  ", \"pair_exclude_types\": ", json_pairs(term.pair_exclude_types),
                  ", \"atom_exclude_types\": ", json_list(term.atom_exclude_types, json_integer), "}");
}

inline std::string add_pair_table(ModelParts& parts, const PairTable& t, const std::string& place) {
    const auto n_types = std::int64_t(t.sel.size());
    return concat("{\"kind\": \"pair_table\", \"cutoff\": ", json_number(t.cutoff),
                  ", \"sel\": ", json_list(t.sel, json_integer), ", \"slots\": ", t.n_slots, ", \"overflow_order\": \"",
                  t.slot_order == SlotOrder::all_types ? "all_types" : "by_type",
                  "\", \"first\": ", json_number(t.first), ", \"spacing\": ", json_number(t.spacing),
                  ", \"coefficients\": ",
                  add_tensor(parts, place + ".coefficients", t.coefficients, {n_types * n_types, 4 * t.n_intervals}),
                  ", \"energy_shift\": ", add_tensor(parts, place + ".energy_shift", t.energy_shift, {n_types}),
                  ", \"pair_exclude_types\": ", json_pairs(t.pair_exclude_types),
                  ", \"atom_exclude_types\": ", json_list(t.atom_exclude_types, json_integer), "}");
}

inline std::string json_blend(const std::optional<Bridge>& bridge) {
    if (!bridge) return "{\"kind\": \"sum\"}";
    return concat("{\"kind\": \"bridge\", \"softness\": ", json_number(bridge->softness),
                  ", \"inner\": ", json_number(bridge->inner), ", \"outer\": ", json_number(bridge->outer),
                  ", \"least_sum\": ", json_number(bridge->least_sum), ", \"arithmetic\": \"float64\"}");
}

}  // namespace detail

inline ModelParts model_parts(const ModelData& model) {
    using namespace detail;
    const LocalModel& local = model.local();
    ModelParts parts;
    std::string terms;
    int n_terms = 0;
    for (const NetTerm& term : local.terms) {
        terms += concat(n_terms ? ", " : "", add_term(parts, term, concat("terms.", n_terms)));
        ++n_terms;
    }
    for (const PairTable& table : local.pair_terms) {
        terms += concat(n_terms ? ", " : "", add_pair_table(parts, table, concat("terms.", n_terms)));
        ++n_terms;
    }
    parts.json =
        concat("{\"format_version\": 2, \"kind\": \"local\", \"type_map\": ", json_list(model.type_map, json_quote),
               ", \"precision\": \"", model.precision, "\", \"terms\": [", terms,
               "], \"blend\": ", json_blend(local.bridge), ", \"min_neighbor_distance\": ",
               (model.min_neighbor_distance ? json_number(*model.min_neighbor_distance) : std::string("null")),
               ", \"source\": {\"format\": \"test\", \"file\": \"\", \"sha256\": \"\", \"version\": \"\"}",
               ", \"training_script\": null}");
    return parts;
}

}  // namespace dpmd::testing
