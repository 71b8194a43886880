#include "importers/dpmodel/finish_terms.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

/// Adds values to a list, each of which is then there once, in order.
template <class T>
void unite(std::vector<T>& list, const std::vector<T>& more) {
    list.insert(list.end(), more.begin(), more.end());
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
}

std::vector<double>& energy_shift_of(Term& term) {
    if (auto* net = std::get_if<NetTerm>(&term)) return net->fitting.energy_shift;
    return std::get<PairTable>(term).energy_shift;
}

bool is_silent(const Term& term, int type) {
    return std::visit([&](const auto& one) { return is_silent_in(one, type); }, term);
}

/// The bias of the output statistics [n_types], eV.
std::vector<double> read_output_bias(const Section& model, int n_types) {
    const auto n = std::size_t(n_types);
    if (!model.has("@variables")) return std::vector<double>(n, 0.0);
    const Section variables = model.section("@variables");
    const auto bias = variables.array("out_bias");
    return bias ? sized(*bias, n, variables.at("out_bias")) : std::vector<double>(n, 0.0);
}

void add_output_bias(Terms& terms, const Section& model, int n_types) {
    const std::vector<double> bias = read_output_bias(model, n_types);
    for (int type = 0; type < n_types; ++type)
        for (Term& term : terms.terms) {
            if (is_silent(term, type)) continue;
            energy_shift_of(term)[std::size_t(type)] += bias[std::size_t(type)];
            if (!terms.bridge) break;
        }
}

std::vector<std::string> read_type_map(const Section& model, int n_types) {
    std::vector<std::string> names;
    for (const Value& name : model.list_or_empty("type_map")) {
        if (!name.as<std::string>())
            throw InputError(concat(model.at("type_map"), ": type map ", shown(model.find("type_map")),
                                    " does not name ", n_types, " types"));
        names.push_back(name.text());
    }
    return type_names(names, n_types, model.at("type_map"));
}

}  // namespace

void finish(Terms& terms, const Section& model, int n_types) {
    model.list_or_empty("pair_exclude_types");
    const TypePairs pairs = read_type_pairs(model.find("pair_exclude_types"), n_types, model.at("pair_exclude_types"));
    const std::vector<int> atoms = model.integers_or_empty("atom_exclude_types");
    for (Term& term : terms.terms)
        std::visit(
            [&](auto& one) {
                unite(one.pair_exclude_types, pairs);
                unite(one.atom_exclude_types, atoms);
            },
            term);
    add_output_bias(terms, model, n_types);
    terms.type_map = read_type_map(model, n_types);
}

}  // namespace dpmd::importers
