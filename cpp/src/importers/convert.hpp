#pragma once
// From what a reader has found to a .dpmd file.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "dpmd/model_file.hpp"
#include "importers/formats.hpp"
#include "importers/imported.hpp"

namespace dpmd::importers {

/// Whether the core reads the format; the containers of the others are opened by Python.
bool is_read_here(Format format);

/// Where a model comes from; the version is for the reader to add.
Source source_of(std::span<const std::byte> content, const std::string& path, std::string_view format);

/// The file of the model, which is the head that was asked for, with the function that is asked for. `path` stands in
/// messages.
ConvertedFile finish(ImportedModel model, const ConversionOptions& options, const std::string& path);

}  // namespace dpmd::importers
