#pragma once
// A value as JSON text, as Python's json module writes it into .dpmd files.
#include <string>

#include "importers/value.hpp"

namespace dpmd::importers {

/// Numbers that JSON cannot write become texts: "nan", "inf".
std::string json_text(const Value& value);

}  // namespace dpmd::importers
