#pragma once
// What a reader of a foreign file makes of it.
#include <string>
#include <vector>

#include "models/file.hpp"

namespace dpmd::importers {

struct ImportedModel {
    /// Not yet checked: the reader of .dpmd files does that with what is written of it. `metadata` is empty.
    ModelData data;
    Source source;
    /// The settings that it was trained with, as JSON text.
    std::string training_script = "null";
    std::vector<std::string> notes;  ///< what a user should know of how it was read; sentences
};

}  // namespace dpmd::importers
