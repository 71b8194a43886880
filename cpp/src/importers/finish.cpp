#include <filesystem>
#include <utility>

#include "importers/convert.hpp"
#include "importers/dpa1_function.hpp"
#include "io/sha256.hpp"

namespace dpmd::importers {

bool is_read_here(Format format) { return format != Format::dpmodel_hdf5 && format != Format::dpmodel_yaml; }

Source source_of(std::span<const std::byte> content, const std::string& path, std::string_view format) {
    return {std::string(format), std::filesystem::path(path).filename().string(), sha256(content), ""};
}

ConvertedFile finish(ImportedModel model, const std::optional<std::string>& dpa1_function, const std::string& path) {
    choose_function(model, dpa1_function, path);
    return {model_file(model.data, model.source, model.training_script), std::move(model.notes)};
}

}  // namespace dpmd::importers
