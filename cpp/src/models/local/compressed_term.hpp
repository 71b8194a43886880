#pragma once
// What compression adds to a term (docs/compression.md).
#include <variant>
#include <vector>

#include "models/local/angle_tables.hpp"
#include "models/local/moment_form.hpp"

namespace dpmd {

/// The compressed form of a descriptor, of the type that the descriptor names as its own; monostate: it has none.
using CompressedDescriptor = std::variant<std::monostate, MomentForm, AngleTables>;

struct CompressedTerm {
    std::vector<CompressedDescriptor> descriptors;  ///< of the descriptors of the term, in their order
    std::vector<Network> fittings;  ///< [n_types] nets that take the features of these forms, then the parameters
};

}  // namespace dpmd
