#pragma once
// The heads of a multi-task checkpoint: several models in one file, each with the settings of its own.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dpmd/errors.hpp"
#include "importers/torch/torch_archive.hpp"

namespace dpmd::importers {

struct ChosenHead {
    std::string name;
    Value settings;
    std::vector<std::string> notes;  ///< what a user should know of the choice
};

/// The model to read from a checkpoint. `params` are its settings, of one model or with a model_dict; `head` is the
/// name of a head or one of its aliases. Without a name it is the head "Default", or the only one. Throws InputError
/// when no head has this name, or none is named and there is no such head; it lists those there are.
ChosenHead chosen_head(const PickledMapping& params, const std::optional<std::string>& head, TorchArchive& archive);

/// The error for a head of a file that has none. `what` is the file in words.
InputError only_one_model(const std::string& path, std::string_view head, std::string_view what);

}  // namespace dpmd::importers
