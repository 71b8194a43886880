#pragma once
// Reads a .dpmd file (docs/model-format.md) into a ModelSpec and checks that it is one.
#include <cstddef>
#include <string>
#include <vector>

#include "models/model_spec.hpp"

namespace dpmd {

/// InputError names the file and the place of whatever is wrong.
ModelSpec read_model(const std::string& path);
/// The same from memory; `name` stands in error messages.
ModelSpec read_model(std::vector<std::byte> content, const std::string& name);

}  // namespace dpmd
