#include "importers/tensorflow/attention.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"

namespace dpmd::importers {
namespace {

constexpr double norm_floor = 1e-6;  // the smallest norm that TensorFlow divides by

/// The matrices of query, key and value side by side [n_channels][3 n_hidden], and their biases.
void read_projections(const Graph& graph, const std::string& place, AttentionLayer& out) {
    std::vector<Tensor> parts;
    for (const char* name : {"c_query", "c_key", "c_value"}) {
        const std::string scope = concat(place, "/", name);
        parts.push_back(graph.array(scope + "/matrix"));
        const Tensor& part = parts.back();
        if (!part.is_matrix() || part.shape != parts.front().shape || part.shape[0] != out.n_channels ||
            part.shape[1] < 1 || part.shape[1] > std::numeric_limits<int>::max() / 3)
            throw InputError(concat(graph.at(scope + "/matrix"), " has shape ", shown_shape(part.shape),
                                    ", which does not fit ", out.n_channels, " channels"));
        const std::vector<double> bias =
            sized(graph.array(scope + "/bias"), std::size_t(part.shape[1]), graph.at(scope + "/bias"));
        out.in_bias.insert(out.in_bias.end(), bias.begin(), bias.end());
    }
    out.n_hidden = static_cast<int>(parts.front().shape[1]);
    for (int row = 0; row < out.n_channels; ++row)
        for (const Tensor& part : parts) {
            const auto first = part.values.begin() + std::ptrdiff_t(row) * out.n_hidden;
            out.in_weight.insert(out.in_weight.end(), first, first + out.n_hidden);
        }
}

/// The scope of the normalisation, which older releases number.
std::string norm_scope(const Graph& graph, const std::string& place) {
    const std::string start = place + "/layer_normalization";
    const std::vector<const Node*> found = graph.constants([&](std::string_view name) {
        NameReader reader(name);
        if (!reader.text(start)) return false;
        reader.underscore_number();
        return reader.rest() == "/gamma";
    });
    if (found.size() != 1)
        throw InputError(concat(graph.at(place), ": ", found.size(), " layer normalisations, expected one"));
    return std::string(scope_of(found.front()->name));
}

/// A fused operation normalises in graphs of older releases.
double norm_epsilon(const Graph& graph, const std::string& norm) {
    const Node* fused = graph.find(norm + "/FusedBatchNormV3");
    return fused != nullptr ? graph.attribute_number(*fused, "epsilon") : graph.number(norm + "/add/y");
}

/// Whether a setting is on; `otherwise` where it is not given.
bool is_on(const Value& settings, std::string_view key, bool otherwise) {
    const auto* mapping = settings.as<Mapping>();
    if (mapping == nullptr ||
        std::none_of(mapping->begin(), mapping->end(), [&](const Member& m) { return m.key == key; }))
        return otherwise;
    return settings.get(key).is_true();
}

AttentionLayer read_layer(const DescriptorScope& scope, const std::string& place, int n_channels) {
    const Graph& graph = scope.graph;
    const std::string norm = norm_scope(graph, place), out_scope = place + "/c_out";
    const auto vector = [&](const std::string& name) {
        return sized(graph.array(name), std::size_t(n_channels), graph.at(name));
    };
    AttentionLayer out;
    out.n_channels = n_channels;
    read_projections(graph, place, out);
    Tensor out_weight = graph.array(out_scope + "/matrix");
    if (out_weight.shape != Shape{out.n_hidden, n_channels})
        throw InputError(concat(graph.at(out_scope + "/matrix"), " has shape ", shown_shape(out_weight.shape),
                                ", expected ", shown_shape({out.n_hidden, n_channels})));
    out.out_weight = std::move(out_weight.values);
    out.out_bias = vector(out_scope + "/bias");
    out.norm_scale = vector(norm + "/gamma");
    out.norm_shift = vector(norm + "/beta");
    out.norm_epsilon = norm_epsilon(graph, norm);
    out.scale = 1;
    out.normalize = true;
    out.norm_floor = norm_floor;
    out.dot_directions = is_on(scope.settings(), "attn_dotr", true);
    out.masks_diagonal = is_on(scope.settings(), "attn_mask", false);
    return out;
}

}  // namespace

std::vector<AttentionLayer> read_attention(const DescriptorScope& scope, int n_channels) {
    std::vector<AttentionLayer> out;
    for (;;) {
        const std::string place = concat("attention_layer_", out.size(), scope.suffix);
        if (!scope.graph.has(place + "/c_query/matrix")) return out;
        out.push_back(read_layer(scope, place, n_channels));
    }
}

}  // namespace dpmd::importers
