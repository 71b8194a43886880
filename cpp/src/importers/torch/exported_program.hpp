#pragma once
// Programs that DeePMD-kit exports with PyTorch: .pt2 and .pte. Such a file is a zip archive of compiled code for one
// kind of device, and of texts beside it. One of these is the whole model as DeePMD-kit's model dictionary; nothing
// else is needed, and no code is looked at.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importers/imported.hpp"

namespace dpmd::importers {

/// Whether an archive with these entries is a program with its model beside it.
bool holds_model(const std::vector<std::string_view>& names);

/// Throws InputError for a program without a model beside it.
void refuse_program(const std::string& path, const std::vector<std::string_view>& names);

/// The model. `source` names the file; messages begin with `path`.
ImportedModel read_exported_program(std::span<const std::byte> content, const std::string& path, Source source);

}  // namespace dpmd::importers
