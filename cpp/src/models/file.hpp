#pragma once
// A .dpmd file (docs/model-format.md): read into a ModelData and checked, and written from one.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "models/model_data.hpp"

namespace dpmd {

/// Throws InputError, which names the file and the place of whatever is wrong.
ModelData read_model(const std::string& path);
/// The same from memory; error messages call it `name`.
ModelData read_model(std::vector<std::byte> content, const std::string& name);

/// Where a model came from; information only.
struct Source {
    std::string format, file, sha256, version;
};

/// The bytes of a file that holds the model; equal models from equal sources are equal bytes. What compression has
/// added is left out. `training_script` is JSON text.
std::vector<std::byte> model_file(const ModelData& model, const Source& source, std::string_view training_script);

}  // namespace dpmd
