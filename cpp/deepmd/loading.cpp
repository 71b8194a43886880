#include "loading.hpp"

#include "settings.hpp"

namespace dpmd::deepmd {
namespace {

void load_into(Models& models, std::span<const ModelFile> files, int gpu_rank) {
    if (files.empty()) throw Failure("no model is named");
    std::vector<const char*> names;
    std::vector<const void*> contents;
    std::vector<std::size_t> sizes;
    for (const ModelFile& file : files) {
        if (file.name == nullptr) throw Failure("the name of a model is NULL");
        names.push_back(file.name);
        contents.push_back(file.content);
        sizes.push_back(file.size);
    }
    Settings settings = settings_of_environment();
    const dpmd_options options = settings.options(gpu_rank);
    dpmd_engine* engine = nullptr;
    const int status =
        dpmd_load_contents(names.data(), contents.data(), sizes.data(), std::int32_t(files.size()), &options, &engine);
    models.engine.reset(engine);
    if (status != DPMD_OK) throw Failure(settings.explained(dpmd_last_error()));
    models.info.struct_size = sizeof models.info;
    must(dpmd_query(engine, &models.info));
}

}  // namespace

Models* load(std::span<const ModelFile> files, int gpu_rank) noexcept {
    Models* models = new (std::nothrow) Models;
    if (models == nullptr) return nullptr;
    models->n_models = files.size();
    if (!guarded(*models, [&] { load_into(*models, files, gpu_rank); })) models->engine.reset();
    return models;
}

Models* refused(const char* reason, std::size_t n_models) noexcept {
    Models* models = new (std::nothrow) Models;
    if (models == nullptr) return nullptr;
    models->n_models = n_models;
    fail(*models, reason);
    return models;
}

}  // namespace dpmd::deepmd
