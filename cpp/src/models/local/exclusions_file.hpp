#pragma once
// The part of a .dpmd file that says what a term leaves out.
#include "models/document.hpp"
#include "models/new_document.hpp"

namespace dpmd {

/// InputError for types that there are not.
template <class Term>
void read_exclusions(const Entry& entry, int n_types, Term& out) {
    out.pair_exclude_types = entry.at("pair_exclude_types").type_pairs(n_types);
    for (const Entry& type : entry.at("atom_exclude_types").list())
        out.atom_exclude_types.push_back(type.integer(0, n_types - 1));
}

template <class Term>
void write_exclusions(NewObject& out, const Term& term) {
    out.at("pair_exclude_types").type_pairs(term.pair_exclude_types);
    out.at("atom_exclude_types").integers(term.atom_exclude_types);
}

}  // namespace dpmd
