#include "capi/engine.hpp"

#include <algorithm>
#include <new>

#include "capi/versioned.hpp"
#include "engine/backend_choice.hpp"
#include "models/model_data.hpp"

namespace dpmd::capi {
namespace {

thread_local std::string last_error;

int failed(int status, const char* message) noexcept {
    try {
        last_error = message;
    } catch (...) {
        last_error.clear();
    }
    return status;
}

std::string text(const char* given_text, const char* otherwise) {
    return given_text != nullptr ? given_text : otherwise;
}

constexpr const char* keep_nearest_policy = "keep_nearest";

bool keeps_nearest(const dpmd_options& o) { return text(o.overflow, "error") == keep_nearest_policy; }

ModelOptions model_options(const dpmd_options& o) {
    return {text(o.precision, "double"), keeps_nearest(o) ? "error" : text(o.overflow, "error"),
            text(o.compress, "off"), o.tolerance, o.threads};
}

RunOptions run_options(const dpmd_options& o) {
    return {text(o.device, "cpu"), o.threads, text(o.instruction_set, ""), 0};
}

void check_alike(std::span<const Model> models, const char* const* names) {
    const ModelInfo& first = models.front().info();
    for (std::size_t k = 1; k < models.size(); ++k) {
        const ModelInfo& other = models[k].info();
        if (other.type_map != first.type_map || other.n_fparam != first.n_fparam || other.n_aparam != first.n_aparam)
            throw InputError(concat(names[k], ": has other types or parameters than ", names[0],
                                    "; models that are used together must agree in them"));
    }
}

bool has_default_fparam(const Model& model) { return traits_of(*model.runnable().data).default_fparam != nullptr; }

/// Loads models, each by `model_of(k, how)`, which messages call names[k].
template <class F>
dpmd_engine* load(std::int32_t n_models, const char* const* names, const dpmd_options* options, F&& model_of) {
    if (n_models < 1) throw InputError(concat("n_models = ", n_models, " must be 1 or more"));
    const dpmd_options chosen = options != nullptr ? read(*options) : dpmd_options{};
    const BackendChoice place(run_options(chosen));
    std::vector<Model> models;
    for (std::int32_t k = 0; k < n_models; ++k) {
        models.push_back(model_of(k, model_options(chosen)));
        place.require(models.back());
    }
    check_alike(models, names);
    return std::make_unique<dpmd_engine>(std::move(models), place.options(), keeps_nearest(chosen)).release();
}

}  // namespace

std::vector<Model> running_models(const dpmd_engine& engine) {
    std::vector<Model> out = engine.models;
    if (engine.keeps_nearest)
        for (Model& model : out) model = model.with_overflow(keep_nearest_policy);
    return out;
}

void keep_nearest(dpmd_engine& engine, const std::string& reason) {
    engine.keeps_nearest = true;
    engine.on_frames.reset();
    if (engine.on_lists) engine.on_lists->keep_nearest();
    engine.warning = concat(reason.substr(0, reason.find(';')), "; the farthest are ignored from now on");
}

int status_of_exception() noexcept {
    try {
        throw;
    } catch (const InputError& error) {
        return failed(DPMD_INPUT_ERROR, error.what());
    } catch (const DeviceError& error) {
        return failed(DPMD_DEVICE_ERROR, error.what());
    } catch (const std::bad_alloc&) {
        return failed(DPMD_DEVICE_ERROR, "out of memory");
    } catch (const std::exception& error) {
        return failed(DPMD_INTERNAL_ERROR, error.what());
    } catch (...) {
        return failed(DPMD_INTERNAL_ERROR, "an unknown error");
    }
}

std::size_t count(std::int32_t n, const char* name) {
    if (n < 0) throw InputError(concat(name, " = ", n, " is negative"));
    return static_cast<std::size_t>(n);
}

std::vector<std::int32_t> engine_types(std::span<const std::int32_t> types, const ModelInfo& info) {
    std::vector<std::int32_t> out(types.begin(), types.end());
    const auto n_types = static_cast<std::int32_t>(info.type_map.size());
    std::ranges::replace_if(
        out, [=](std::int32_t type) { return type >= n_types; }, -1);
    return out;
}

}  // namespace dpmd::capi

using namespace dpmd;
using namespace dpmd::capi;

const char* dpmd_version(void) { return DPMD_VERSION; }

const char* dpmd_last_error(void) { return last_error.c_str(); }

int32_t dpmd_device_count(const char* kind) {
    int32_t n = 0;
    (void)guarded([&] {
        const std::string prefix = concat(&given(kind, "kind"), ":");
        for (const Device& device : devices()) n += device.unusable.empty() && device.name.starts_with(prefix) ? 1 : 0;
    });
    return n;
}

int dpmd_load(const char* const* paths, int32_t n_models, const dpmd_options* options, dpmd_engine** engine) {
    if (engine != nullptr) *engine = nullptr;
    return guarded([&] {
        given(engine, "engine");
        given(paths, "paths");
        *engine = load(n_models, paths, options,
                       [&](int32_t k, const ModelOptions& how) { return Model(&given(paths[k], "a path"), how); });
    });
}

int dpmd_load_contents(const char* const* names, const void* const* contents, const size_t* sizes, int32_t n_models,
                       const dpmd_options* options, dpmd_engine** engine) {
    if (engine != nullptr) *engine = nullptr;
    return guarded([&] {
        given(engine, "engine");
        given(names, "names");
        given(contents, "contents");
        given(sizes, "sizes");
        *engine = load(n_models, names, options, [&](int32_t k, const ModelOptions& how) {
            const char* name = &given(names[k], "a name");
            if (contents[k] == nullptr) return Model(name, how);
            return Model(std::span(static_cast<const std::byte*>(contents[k]), sizes[k]), name, how);
        });
    });
}

void dpmd_free(dpmd_engine* engine) { delete engine; }

const char* dpmd_take_warning(dpmd_engine* engine) {
    if (engine == nullptr) return "";
    engine->taken_warning.swap(engine->warning);
    engine->warning.clear();
    return engine->taken_warning.c_str();
}

int dpmd_query(const dpmd_engine* engine, dpmd_info* info) {
    return guarded([&] {
        dpmd_info out{};
        const auto& models = given(engine, "engine").models;
        const ModelInfo& first = models.front().info();
        out.n_models = static_cast<int32_t>(models.size());
        out.n_types = static_cast<int32_t>(first.type_map.size());
        for (const auto& one : models) out.cutoff = std::max(out.cutoff, one.info().cutoff);
        out.n_fparam = first.n_fparam;
        out.n_aparam = first.n_aparam;
        out.has_default_fparam = std::ranges::all_of(models, has_default_fparam);
        write(out, given(info, "info"));
    });
}

const char* dpmd_type_name(const dpmd_engine* engine, int32_t type) {
    if (engine == nullptr || type < 0) return nullptr;
    const auto& names = engine->models.front().info().type_map;
    return static_cast<std::size_t>(type) < names.size() ? names[static_cast<std::size_t>(type)].c_str() : nullptr;
}
