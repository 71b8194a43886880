#pragma once
// What the functions of the C interface share: the engine behind a handle, the guard around every body, and the checks
// of what the caller passes.
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "dpmd/committee.hpp"
#include "dpmd/dpmd.h"
#include "dpmd/errors.hpp"
#include "engine/host_engine.hpp"

struct dpmd_engine {
    dpmd_engine(std::vector<dpmd::Model> given, const dpmd::RunOptions& options)
        : models(std::move(given)), run_options(options) {}

    const std::vector<dpmd::Model> models;
    const dpmd::RunOptions run_options;
    // made when they are first needed
    std::unique_ptr<dpmd::Committee> on_frames;
    std::unique_ptr<dpmd::HostListEngine> on_lists;
    std::vector<dpmd::HostResult> places;  // for the results of on_lists, kept from step to step
    std::atomic_flag is_computing;
};

namespace dpmd::capi {

/// The status for the exception that is being handled, whose text dpmd_last_error then gives.
int status_of_exception() noexcept;

/// Runs the body of a function; an exception becomes a status.
template <class F>
int guarded(F&& body) noexcept {
    try {
        body();
        return DPMD_OK;
    } catch (...) {
        return status_of_exception();
    }
}

/// A flag that is set while a thread computes with an engine.
class Computing {
public:
    explicit Computing(dpmd_engine& engine) : engine_(engine) {
        if (engine.is_computing.test_and_set(std::memory_order_acquire))
            throw InputError("another thread is computing with this engine; let them take turns, or load one for each");
    }
    ~Computing() { engine_.is_computing.clear(std::memory_order_release); }
    Computing(const Computing&) = delete;
    Computing& operator=(const Computing&) = delete;

private:
    dpmd_engine& engine_;
};

template <class T>
T& given(T* pointer, const char* name) {
    if (pointer == nullptr) throw InputError(concat(name, " is NULL"));
    return *pointer;
}

/// An array of the caller; throws InputError when it is NULL although it has elements.
template <class T>
std::span<const T> array(const T* pointer, std::size_t n, const char* name) {
    if (pointer == nullptr && n > 0) throw InputError(concat(name, " is NULL; ", n, " values are needed"));
    return {pointer, pointer == nullptr ? 0 : n};
}

/// The same for an array that may be NULL, which makes it empty.
inline std::span<const double> optional_array(const double* pointer, std::size_t n) {
    return {pointer, pointer == nullptr ? 0 : n};
}

/// A number of things; throws InputError when it is negative.
std::size_t count(std::int32_t n, const char* name);

/// Types of atoms for the engine: as in DeePMD-kit's C interface, those from n_types on are virtual.
std::vector<std::int32_t> engine_types(std::span<const std::int32_t> types, const ModelInfo& info);

/// The place of a model and frame in an output [n_models][n_frames][n], or null.
inline double* place(double* output, std::size_t model, std::size_t n_frames, std::size_t frame, std::size_t n) {
    return output == nullptr ? nullptr : output + (model * n_frames + frame) * n;
}

}  // namespace dpmd::capi
