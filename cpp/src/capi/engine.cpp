#include "capi/engine.hpp"

#include <algorithm>
#include <new>

#include "capi/versioned.hpp"
#include "engine/backend_choice.hpp"

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

ModelOptions model_options(const dpmd_options& o) {
    return {text(o.precision, "double"), text(o.overflow, "error"), text(o.compress, "off"), o.tolerance, o.threads};
}

RunOptions run_options(const dpmd_options& o) {
    return {text(o.device, "cpu"), o.threads, text(o.instruction_set, ""), 0};
}

void check_alike(std::span<const Model> models, const char* const* paths) {
    const ModelInfo& first = models.front().info();
    for (std::size_t k = 1; k < models.size(); ++k) {
        const ModelInfo& other = models[k].info();
        if (other.type_map != first.type_map || other.n_fparam != first.n_fparam || other.n_aparam != first.n_aparam)
            throw InputError(concat(paths[k], ": has other types or parameters than ", paths[0],
                                    "; models that are used together must agree in them"));
    }
}

}  // namespace

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
        if (n_models < 1) throw InputError(concat("n_models = ", n_models, " must be 1 or more"));
        const dpmd_options chosen = options != nullptr ? read(*options) : dpmd_options{};
        const BackendChoice place(run_options(chosen));
        std::vector<Model> models;
        for (int32_t k = 0; k < n_models; ++k) {
            models.emplace_back(&given(paths[k], "a path"), model_options(chosen));
            place.require(models.back());
        }
        check_alike(models, paths);
        *engine = std::make_unique<dpmd_engine>(std::move(models), place.options()).release();
    });
}

void dpmd_free(dpmd_engine* engine) { delete engine; }

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
        write(out, given(info, "info"));
    });
}

const char* dpmd_type_name(const dpmd_engine* engine, int32_t type) {
    if (engine == nullptr || type < 0) return nullptr;
    const auto& names = engine->models.front().info().type_map;
    return static_cast<std::size_t>(type) < names.size() ? names[static_cast<std::size_t>(type)].c_str() : nullptr;
}
