#pragma once
// DeePMD-kit's TorchScript models (.pth): attributes of the modules, never code.
#include <cstddef>
#include <span>
#include <string>

#include "importers/imported.hpp"

namespace dpmd::importers {

/// The model. `source` names the file; messages begin with `path`. Throws InputError for what is no such model, and for
/// models that dpmd does not run.
ImportedModel read_torchscript(std::span<const std::byte> content, const std::string& path, Source source);

}  // namespace dpmd::importers
