#pragma once
// DeePMD-kit's PyTorch checkpoints (.pt): tensors by name beside the model's settings.
#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "importers/imported.hpp"

namespace dpmd::importers {

/// The model. `source` names the file; messages begin with `path`. `head` is the model of a multi-task checkpoint, by
/// its name or an alias; without one it is "Default", or the only one. Throws InputError for what is no such file, for
/// models that dpmd does not run, and for a head that is not there, with a list of those that are.
ImportedModel read_checkpoint(std::span<const std::byte> content, const std::string& path, Source source,
                              const std::optional<std::string>& head);

}  // namespace dpmd::importers
