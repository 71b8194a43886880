#pragma once
// Which format a model file has, by its content; the suffix only helps the message.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace dpmd::importers {

enum class Format {
    dpmd,
    tensorflow_graph,  ///< .pb
    torchscript,       ///< .pth
    torch_checkpoint,  ///< .pt
    exported_program,  ///< .pt2, .pte
    dpmodel_hdf5,      ///< .dp, .hlo
    dpmodel_yaml,      ///< .yaml
};

/// Its name in messages and in the source of a model, for example "tensorflow-graph".
std::string_view name_of(Format format);
/// In words, for example "DeePMD-kit TensorFlow graph".
std::string_view describe(Format format);

/// The format that fits the content. Throws InputError when none does; it says what the file is, where that is known.
Format format_of(std::span<const std::byte> content, const std::string& path);

}  // namespace dpmd::importers
