#include <filesystem>
#include <utility>

#include "core/text.hpp"
#include "importers/convert.hpp"
#include "importers/dpa1_function.hpp"
#include "io/sha256.hpp"

namespace dpmd::importers {

bool is_read_here(Format format) { return format != Format::dpmodel_hdf5 && format != Format::dpmodel_yaml; }

Source source_of(std::span<const std::byte> content, const std::string& path, std::string_view format) {
    return {std::string(format), std::filesystem::path(path).filename().string(), sha256(content), ""};
}

ConvertedFile finish(ImportedModel model, const ConversionOptions& options, const std::string& path) {
    choose_function(model, options.dpa1_function, path);
    // It is not the model that everybody finds in that file, and a .dpmd file beside it does not stand for it.
    if (options.head) model.source.file += concat(", head ", *options.head);
    if (options.dpa1_function) model.source.file += concat(", function ", *options.dpa1_function);
    return {model_file(model.data, model.source, model.training_script), std::move(model.notes)};
}

}  // namespace dpmd::importers
