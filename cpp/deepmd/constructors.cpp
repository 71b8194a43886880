// Handles for energy models.
#include <vector>

#include "loading.hpp"

using namespace dpmd::deepmd;

namespace {

/// A content without a size is none: hosts pass "" then.
ModelFile file_of(const char* name, const char* content, int size) {
    if (content == nullptr || size <= 0) return {name};
    return {name, content, static_cast<std::size_t>(size)};
}

Models* load_one(const ModelFile& file, int gpu_rank) noexcept { return load({&file, 1}, gpu_rank); }

/// The first n_contents files have their contents with them.
Models* load_several(const char** names, int n, int gpu_rank, const char** contents, int n_contents,
                     const int* sizes) noexcept {
    if (names == nullptr || n <= 0) return load({}, gpu_rank);
    try {
        std::vector<ModelFile> files;
        files.reserve(static_cast<std::size_t>(n));
        for (int k = 0; k < n; ++k)
            files.push_back(k < n_contents && contents != nullptr && sizes != nullptr
                                ? file_of(names[k], contents[k], sizes[k])
                                : ModelFile{names[k]});
        return load(files, gpu_rank);
    } catch (...) {
        return refused("out of memory", static_cast<std::size_t>(n));
    }
}

}  // namespace

DP_DeepPot* DP_NewDeepPot(const char* model) noexcept { return handle_of<DP_DeepPot>(load_one({model}, 0)); }

DP_DeepPot* DP_NewDeepPotWithParam(const char* model, int gpu_rank, const char* file_content) noexcept {
    if (file_content == nullptr || *file_content != '\0')
        return handle_of<DP_DeepPot>(refused(
            "file_content has to be \"\": the size of a content is not known here; use DP_NewDeepPotWithParam2"));
    return handle_of<DP_DeepPot>(load_one({model}, gpu_rank));
}

DP_DeepPot* DP_NewDeepPotWithParam2(const char* model, int gpu_rank, const char* file_content,
                                    int size_file_content) noexcept {
    return handle_of<DP_DeepPot>(load_one(file_of(model, file_content, size_file_content), gpu_rank));
}

DP_DeepPotModelDevi* DP_NewDeepPotModelDevi(const char** models, int n_models) noexcept {
    return handle_of<DP_DeepPotModelDevi>(load_several(models, n_models, 0, nullptr, 0, nullptr));
}

DP_DeepPotModelDevi* DP_NewDeepPotModelDeviWithParam(const char** models, int n_models, int gpu_rank,
                                                     const char** file_contents, int n_file_contents,
                                                     const int* size_file_contents) noexcept {
    return handle_of<DP_DeepPotModelDevi>(
        load_several(models, n_models, gpu_rank, file_contents, n_file_contents, size_file_contents));
}
