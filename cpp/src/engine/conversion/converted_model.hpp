#pragma once
// Models in formats that this library does not read itself: found converted, or converted once by dpmd's Python.
#include <cstddef>
#include <span>
#include <string>

#include "models/model_data.hpp"

namespace dpmd {

/// The model in the bytes of a file of another program. It is read from a .dpmd file that was made from the same bytes:
/// the one beside `path` (water.dpmd beside water.pb), or one in the cache folder, to which a conversion adds it.
/// `path` is the name of the file, which need not exist, and `kind` what it is, in words. Throws InputError where it
/// cannot be converted, and says why.
ModelData converted_model(std::span<const std::byte> content, const std::string& path, const std::string& kind);

}  // namespace dpmd
