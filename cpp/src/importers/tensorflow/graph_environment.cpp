#include "importers/tensorflow/graph_environment.hpp"

#include <utility>

#include "core/text.hpp"
#include "importers/common.hpp"

namespace dpmd::importers {
namespace {

/// The cutoff that single precision rounds to the one in use, as the graph stores it.
double cutoff_of(const DescriptorScope& scope, double used) {
    const Graph& graph = scope.graph;
    for (const std::string& name :
         {scope.attributes + "/rcut", std::string("descrpt_attr/rcut"), std::string("t_rcut")})
        if (graph.has(name)) {
            const double stored = graph.number(name);
            if (static_cast<float>(stored) == static_cast<float>(used)) return stored;
        }
    return shortest_decimal(used);
}

}  // namespace

Environment read_graph_environment(const DescriptorScope& scope, const RowKind& rows, int normalization,
                                   TypePairs excluded) {
    const Graph& graph = scope.graph;
    RowStatistics statistics =
        row_statistics(graph.constant(scope.average), graph.constant(scope.scale), scope.sel, rows.n_components,
                       graph.at(concat(scope.attributes, "/t_avg, t_std")), scope.n_types);
    Environment out;
    out.cutoff = cutoff_of(scope, graph.attribute_number(scope.op, rows.cutoff));
    out.cutoff_smooth = shortest_decimal(graph.attribute_number(scope.op, rows.cutoff_smooth));
    out.single_precision_cutoff = true;
    out.n_components = rows.n_components;
    out.sel = std::move(statistics.sel);
    out.normalization = normalization;
    out.shift = std::move(statistics.shift);
    out.scale = std::move(statistics.scale);
    out.exclude_types = std::move(excluded);
    return out;
}

}  // namespace dpmd::importers
