#pragma once
// Reads a .dpmd file (docs/model-format.md) into a ModelData and checks that it is one.
#include <cstddef>
#include <string>
#include <vector>

#include "models/model_data.hpp"

namespace dpmd {

/// Throws InputError, which names the file and the place of whatever is wrong.
ModelData read_model(const std::string& path);
/// The same from memory; error messages call it `name`.
ModelData read_model(std::vector<std::byte> content, const std::string& name);

}  // namespace dpmd
