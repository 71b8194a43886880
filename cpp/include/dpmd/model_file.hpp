#pragma once
// Model files of other programs as .dpmd files.
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dpmd/errors.hpp"
#include "dpmd/export.hpp"

namespace dpmd {

/// A .dpmd file that was made of another, and what a user should know of how that was read; sentences.
struct ConvertedFile {
    std::vector<std::byte> content;
    std::vector<std::string> notes;
};

/// What a file leaves open.
struct ConversionOptions {
    /// Which model of a multi-task checkpoint (.pt), by its name or an alias; none: "Default", or the only one.
    std::optional<std::string> head;
    /// "dense" or "graph" for that function of a DPA-1 model; none: the one that DeePMD-kit computes from such a file.
    std::optional<std::string> dpa1_function;
};

/// The format of a model file by its content: "dpmd", "tensorflow-graph" (.pb), "torchscript" (.pth),
/// "torch-checkpoint"
/// (.pt), "exported-program" (.pt2, .pte), "dpmodel-hdf5" (.dp, .hlo) or "dpmodel-yaml". `path` stands in messages.
/// Throws InputError for any other file; it says what that is, where it is known.
DPMD_API std::string model_file_format(std::span<const std::byte> content, const std::string& path);

/// Converts a file of any of these formats but those that Python opens, "dpmodel-hdf5" and "dpmodel-yaml"
/// (foreign_document.hpp). Throws InputError when it is damaged, or holds a model that dpmd does not run, or has not
/// what the options ask for.
DPMD_API ConvertedFile convert_model_file(std::span<const std::byte> content, const std::string& path,
                                          const ConversionOptions& options = {});

}  // namespace dpmd
