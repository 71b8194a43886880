// loc_frame, which only TensorFlow graphs hold. The operation that computes it has the slots and the axes as
// attributes. An axis of an atom is six integers in axis_rule, three for each of its two: 0 for a neighbour that is
// seen with all components or 1 for one behind these, its type, and its place among both.
#include <algorithm>
#include <limits>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/shown.hpp"
#include "importers/tensorflow/graph_descriptors.hpp"

namespace dpmd::importers {
namespace {

constexpr std::size_t n_per_axis = 3, n_per_type = 6;  // integers of axis_rule

LocalFrame::Axis read_axis(const std::int64_t* axis, const std::vector<int>& sel_full, const std::string& place,
                           const std::vector<std::int64_t>& rule) {
    const std::int64_t behind = axis[0], type = axis[1], k = axis[2];
    if (behind < 0 || behind > 1 || type < 0 || type >= std::int64_t(sel_full.size()) || k < 0 ||
        k > std::numeric_limits<int>::max() / 2)
        throw InputError(concat(place, ": axis_rule ", shown(rule), " names no neighbour in ",
                                shown(std::vector<std::int64_t>(axis, axis + n_per_axis))));
    const auto t = static_cast<int>(type);
    return {t, static_cast<int>(k + (behind == 1 ? sel_full[std::size_t(t)] : 0))};
}

/// Integers behind those of all types have no effect.
std::vector<LocalFrame::Axes> read_axes(const Graph& graph, const Node& op, const std::vector<int>& sel_full) {
    const std::vector<std::int64_t> rule = graph.attribute_integers(op, "axis_rule");
    if (rule.size() < n_per_type * sel_full.size())
        throw InputError(concat(graph.at(op), ": axis_rule ", shown(rule), " has fewer than 6 integers for each type"));
    std::vector<LocalFrame::Axes> out;
    for (std::size_t t = 0; t < sel_full.size(); ++t) {
        const std::int64_t* both = rule.data() + n_per_type * t;
        out.push_back({read_axis(both, sel_full, graph.at(op), rule),
                       read_axis(both + n_per_axis, sel_full, graph.at(op), rule)});
    }
    return out;
}

std::vector<double> read_statistic(const DescriptorScope& scope, const Node& node, const Shape& shape) {
    Tensor values = scope.graph.constant(node);
    if (values.shape != shape)
        throw InputError(concat(scope.graph.at(scope.attributes), "/t_avg, t_std have shape ",
                                shown_shape(values.shape), ", expected ", shown_shape(shape)));
    return std::move(values.values);
}

std::vector<int> slots(const Graph& graph, const Node& op, std::string_view key) {
    const std::vector<std::int64_t> sel = graph.attribute_integers(op, key);
    return {sel.begin(), sel.end()};  // their sums have been checked
}

}  // namespace

std::vector<std::int64_t> sel_of_local_frame(const Graph& graph, const Node& op) {
    constexpr std::int64_t most = std::numeric_limits<int>::max() / 2;
    const std::vector<std::int64_t> full = graph.attribute_integers(op, "sel_a"),
                                    radial = graph.attribute_integers(op, "sel_r");
    const auto can_be = [](const std::vector<std::int64_t>& sel) {
        return std::all_of(sel.begin(), sel.end(), [](std::int64_t n) { return n >= 0 && n <= most; });
    };
    if (full.size() != radial.size() || !can_be(full) || !can_be(radial))
        throw InputError(
            concat(graph.at(op), ": sel_a ", shown(full), " and sel_r ", shown(radial), " are not slots by type"));
    std::vector<std::int64_t> out;
    for (std::size_t t = 0; t < full.size(); ++t) out.push_back(full[t] + radial[t]);
    return out;
}

ReadDescriptor read_local_frame(const DescriptorScope& scope, std::int64_t n_features) {
    const Graph& graph = scope.graph;
    LocalFrame out;
    out.sel_full = slots(graph, scope.op, "sel_a");
    out.sel_radial = slots(graph, scope.op, "sel_r");
    std::int64_t expected = 0;
    for (std::size_t t = 0; t < out.sel_full.size(); ++t)
        expected += LocalFrame::n_full * std::int64_t(out.sel_full[t]) + out.sel_radial[t];
    if (n_features != expected)
        throw InputError(
            concat(graph.at(scope.op), ": its slots give ", expected, " features, the fitting nets take ", n_features));
    const Shape shape{std::int64_t(out.sel_full.size()), n_features};
    out.shift = read_statistic(scope, scope.average, shape);
    out.scale = read_statistic(scope, scope.scale, shape);
    out.environment.cutoff = shortest_decimal(graph.attribute_number(scope.op, "rcut_r"));
    out.axes = read_axes(graph, scope.op, out.sel_full);
    return {std::move(out), graph.precision(scope.average.name)};
}

}  // namespace dpmd::importers
