#include "importers/convert.hpp"

#include <utility>

#include "core/text.hpp"
#include "importers/tensorflow/read_graph.hpp"
#include "importers/torch/checkpoint.hpp"
#include "importers/torch/exported_program.hpp"
#include "importers/torch/heads.hpp"
#include "importers/torch/torchscript.hpp"

namespace dpmd {
namespace importers {
namespace {

ImportedModel read(Format format, std::span<const std::byte> content, const std::string& path,
                   const std::optional<std::string>& head) {
    if (head && format != Format::torch_checkpoint) throw only_one_model(path, *head, describe(format));
    Source source = source_of(content, path, name_of(format));
    switch (format) {
        case Format::tensorflow_graph: return read_graph(content, path, std::move(source));
        case Format::torchscript: return read_torchscript(content, path, std::move(source));
        case Format::torch_checkpoint: return read_checkpoint(content, path, std::move(source), head);
        case Format::exported_program: return read_exported_program(content, path, std::move(source));
        case Format::dpmd:
        case Format::dpmodel_hdf5:
        case Format::dpmodel_yaml: break;
    }
    throw InputError(concat(path, ": a ", describe(format), ", which is not converted here"));
}

}  // namespace
}  // namespace importers

std::string model_file_format(std::span<const std::byte> content, const std::string& path) {
    return std::string(importers::name_of(importers::format_of(content, path)));
}

ConvertedFile convert_model_file(std::span<const std::byte> content, const std::string& path,
                                 const ConversionOptions& options) {
    const importers::Format format = importers::format_of(content, path);
    try {
        return importers::finish(importers::read(format, content, path, options.head), options.dpa1_function, path);
    } catch (const InputError& error) {
        if (std::string_view(error.what()).find(path) != std::string_view::npos) throw;
        throw InputError(concat(path, ": ", error.what()));
    }
}

}  // namespace dpmd
