#pragma once
// Models whose answer for an atom is a function of its neighbours alone.
#include <memory>
#include <vector>

#include "models/local/compressed_term.hpp"
#include "models/local/descriptors.hpp"
#include "models/local/fitting.hpp"

namespace dpmd {

/// Descriptors, their features one behind the other, and a fitting net on them.
struct NetTerm {
    std::vector<Descriptor> descriptors;
    Fitting fitting;
    std::shared_ptr<const CompressedTerm> compressed;  ///< what compression has added; null: nothing

    int n_features() const;
};

/// The energy of an atom is the sum of its terms.
struct LocalModel {
    std::vector<NetTerm> terms;
    TypePairs pair_exclude_types;         ///< such neighbours are ignored
    std::vector<int> atom_exclude_types;  ///< such atoms have no energy
};

/// The k-th descriptor, counted over all terms.
const Descriptor& descriptor_at(const LocalModel& model, int k);

}  // namespace dpmd
