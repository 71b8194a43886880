#pragma once
// Arrays of a foreign document, in any of the notations that DeePMD-kit has for them.
#include <memory>
#include <string>

#include "importers/limits.hpp"
#include "importers/value.hpp"

namespace dpmd::importers {

/// The array that a tensor, a mapping with the tag np.ndarray, or nested lists of numbers are. Throws InputError, which
/// begins with `place`, for anything else.
std::shared_ptr<const Tensor> as_array(const Value& value, const std::string& place, Budget& budget);

}  // namespace dpmd::importers
