// What is folded into the fitting nets of a frozen TensorFlow graph.
#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/tensorflow/graph_fitting.hpp"
#include "importers/tensorflow/node_names.hpp"
#include "importers/weighting.hpp"

namespace dpmd::importers {
namespace {

/// A layer without the inputs that are a type, whose part of the sums becomes part of the bias.
Layer without_type(const Layer& layer, const double* type, std::size_t width, std::size_t n_before) {
    const auto n_out = std::size_t(layer.n_out);
    Layer out = layer;
    const auto begin = out.weight.begin() + std::ptrdiff_t(n_before * n_out);
    out.weight.erase(begin, begin + std::ptrdiff_t(width * n_out));
    out.n_in -= static_cast<int>(width);
    if (out.bias.empty()) out.bias.assign(n_out, 0.0);
    for (std::size_t o = 0; o < n_out; ++o) {
        double sum = 0;
        for (std::size_t k = 0; k < width; ++k) sum += type[k] * layer.weight[(n_before + k) * n_out + o];
        out.bias[o] += sum;
    }
    return out;
}

/// [n_types] or nothing; releases disagree on its scope.
std::optional<Tensor> output_statistic(const Graph& graph, const std::string& last, std::size_t n_types,
                                       const std::string& name) {
    std::optional<Tensor> out;
    for (const Node* node : graph.constants([&](std::string_view one) { return is_in_any_scope(one, last); })) {
        Tensor found = graph.constant(*node);
        if (found.size() != n_types || (out && (out->shape != found.shape || out->values != found.values)))
            throw InputError(concat(graph.place(), ": ", name, " must be one set of ", n_types, " numbers"));
        if (!out) out = std::move(found);
    }
    return out;
}

void apply_scale(Fitting& fitting, const std::vector<double>& scale) {
    const auto is_other = [](double expected) { return [=](double x) { return x != expected; }; };
    if (std::none_of(scale.begin(), scale.end(), is_other(1.0))) return;
    if (fitting.networks.size() == 1 && std::any_of(scale.begin(), scale.end(), is_other(scale.front())))
        fitting.networks.resize(scale.size(), Network(fitting.networks.front()));
    for (std::size_t t = 0; t < fitting.networks.size(); ++t) weight_energies(fitting.networks[t], scale[t]);
    for (std::size_t t = 0; t < scale.size(); ++t) fitting.energy_shift[t] *= scale[t];
}

}  // namespace

void fold_types(Fitting& fitting, const std::vector<double>& type_embedding, int width, std::int64_t n_features,
                const std::string& place) {
    const auto n_types = fitting.energy_shift.size();
    std::vector<Network>& networks = fitting.networks;
    // Nets whose energies are scaled by type have been split.
    if (networks.size() == 1) networks.resize(n_types, Network(networks.front()));
    for (std::size_t t = 0; t < networks.size(); ++t) {
        Layer& first = networks[t].layers.front();
        if (networks.size() != n_types || n_features < 0 || n_features + width > first.n_in)
            throw InputError(
                concat(place, ": a type embedding, and fitting nets that do not take it as one net would"));
        first = without_type(first, type_embedding.data() + t * std::size_t(width), std::size_t(width),
                             std::size_t(n_features));
    }
}

void apply_output_statistics(const Graph& graph, Fitting& fitting, const std::optional<std::string>& suffix) {
    const std::size_t n_types = fitting.energy_shift.size();
    const std::string scope = suffix ? concat("model_attr", *suffix, "/") : "";
    const std::optional<Tensor> scale = output_statistic(graph, scope + "t_out_std", n_types, "t_out_std"),
                                bias = output_statistic(graph, scope + "t_out_bias", n_types, "t_out_bias");
    if (scale) apply_scale(fitting, scale->values);
    for (std::size_t t = 0; bias && t < n_types; ++t) fitting.energy_shift[t] += bias->values[t];
}

}  // namespace dpmd::importers
