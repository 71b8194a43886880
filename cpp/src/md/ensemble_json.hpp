#pragma once
// Writes an ensemble as a JSON object, and reads it back with the same bits.
#include <string>

#include "dpmd/ensemble.hpp"
#include "io/json.hpp"

namespace dpmd::md {

std::string to_json(const Ensemble& ensemble);
Ensemble ensemble_from_json(const Json& json);

}  // namespace dpmd::md
