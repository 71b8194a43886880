#pragma once
// Models whose answer for an atom is a function of its neighbours alone.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "models/local/compressed_term.hpp"
#include "models/local/descriptors.hpp"
#include "models/local/fitting.hpp"
#include "models/local/pair_table.hpp"

namespace dpmd {

/// Descriptors, their features one behind the other, and a fitting net on them.
struct NetTerm {
    std::vector<Descriptor> descriptors;
    Fitting fitting;
    TypePairs pair_exclude_types;                      ///< such neighbours are ignored
    std::vector<int> atom_exclude_types;               ///< such atoms have no energy from the term
    std::shared_ptr<const CompressedTerm> compressed;  ///< what compression has added; null: nothing

    int n_features() const;
};

/// The energy of an atom is the sum of its terms, unless a bridge joins the nets to the pair table.
struct LocalModel {
    std::vector<NetTerm> terms;
    std::vector<PairTable> pair_terms;
    std::optional<Bridge> bridge;  ///< between the terms and the only pair table

    int n_descriptors() const;
    /// Whether atoms of a type have no energy at all.
    bool is_silent(int type) const;
};

/// The k-th descriptor, counted over all terms.
const Descriptor& descriptor_at(const LocalModel& model, int k);

/// Whether atoms of a type have no energy from a term.
template <class Term>
bool is_silent_in(const Term& term, int type) {
    return std::find(term.atom_exclude_types.begin(), term.atom_exclude_types.end(), type) !=
           term.atom_exclude_types.end();
}

}  // namespace dpmd
