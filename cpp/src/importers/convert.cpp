#include "importers/convert.hpp"

#include <utility>

#include "core/text.hpp"
#include "importers/common.hpp"
#include "importers/json_text.hpp"
#include "importers/tensorflow/read_graph.hpp"
#include "importers/torch/checkpoint.hpp"
#include "importers/torch/exported_program.hpp"
#include "importers/torch/heads.hpp"
#include "importers/torch/torchscript.hpp"

namespace dpmd {
namespace importers {
namespace {

/// A model that was converted before, so that another function can be asked for.
ImportedModel read_dpmd(std::span<const std::byte> content, const std::string& path) {
    ImportedModel out;
    out.data = read_model({content.begin(), content.end()}, path);
    const Value document = json_document(out.data.metadata, path);
    const Value& source = document.get("source");
    out.source = {source.get("format").text(), source.get("file").text(), source.get("sha256").text(),
                  source.get("version").text()};
    out.training_script = json_text(document.get("training_script"));
    return out;
}

ImportedModel read(Format format, std::span<const std::byte> content, const std::string& path,
                   const std::optional<std::string>& head) {
    if (head && format != Format::torch_checkpoint) throw only_one_model(path, *head, describe(format));
    if (format == Format::dpmd) return read_dpmd(content, path);
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
        return importers::finish(importers::read(format, content, path, options.head), options, path);
    } catch (const InputError& error) {
        if (std::string_view(error.what()).find(path) != std::string_view::npos) throw;
        throw InputError(concat(path, ": ", error.what()));
    }
}

}  // namespace dpmd
