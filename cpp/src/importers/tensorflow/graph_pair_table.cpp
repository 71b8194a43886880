#include "importers/tensorflow/graph_pair_table.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/kind.hpp"
#include "importers/pair_table.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

constexpr std::size_t info_input = 0, data_input = 1;

/// Slots by neighbour type.
std::vector<int> read_slots(const Graph& graph, const Node& op) {
    const std::vector<std::int64_t> full = graph.attribute_integers(op, "sel_a"),
                                    radial = graph.attribute_integers(op, "sel_r");
    if (full.size() != radial.size())
        throw InputError(
            concat(graph.at(op), ": sel_a ", shown(full), " and sel_r ", shown(radial), " are not of the same types"));
    constexpr std::int64_t most = std::numeric_limits<int>::max();
    std::vector<std::int64_t> out;
    for (std::size_t t = 0; t < full.size(); ++t) {
        const bool can_be = std::abs(full[t] / 2) < most && std::abs(radial[t] / 2) < most;
        out.push_back(can_be ? full[t] + radial[t] : -1);
    }
    return checked_sel(out, graph.at(op));
}

/// Whether energies of atoms are added to those of the table (srtab_add_bias).
bool adds_bias(const Graph& graph, const Node& op) {
    const std::vector<const Node*> readers = graph.consumers(op);
    return std::any_of(readers.begin(), readers.end(),
                       [](const Node* reader) { return reader->op == "Add" || reader->op == "AddV2"; });
}

}  // namespace

PairTable read_graph_pair_table(const Graph& graph, const std::vector<const Node*>& ops, int n_types) {
    if (ops.size() != 1) throw refusal(graph.place(), concat("a graph with ", ops.size(), " pair tables"));
    const Node& op = *ops.front();
    const Tensor info = graph.constant(graph.input(op, info_input));
    Tensor data = graph.constant(graph.input(op, data_input));
    std::vector<int> sel = read_slots(graph, op);
    if (sel.size() != std::size_t(n_types))
        throw InputError(concat(graph.at(op), ": its sel ", shown(sel), " does not fit the number of types"));
    PairTable out = read_pair_table(info, std::move(data), n_types, graph.number("descrpt_attr/rcut"), graph.at(op));
    set_slots(out, std::move(sel));
    constexpr const char* bias = "fitting_attr/t_bias_atom_e";
    if (adds_bias(graph, op)) out.energy_shift = sized(graph.array(bias), std::size_t(n_types), graph.at(bias));
    return out;
}

Bridge read_graph_bridge(const Graph& graph) {
    const std::vector<const Node*> ops = graph.with_op({"SoftMinSwitch"});
    if (ops.size() != 1) throw refusal(graph.place(), concat("a pair table with ", ops.size(), " switches"));
    Bridge out;
    out.softness = graph.attribute_number(*ops.front(), "alpha");
    out.inner = graph.attribute_number(*ops.front(), "rmin");
    out.outer = graph.attribute_number(*ops.front(), "rmax");
    out.is_single_precision = true;
    return out;
}

}  // namespace dpmd::importers
