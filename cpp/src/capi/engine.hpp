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
#include "engine/too_many_neighbors.hpp"

struct dpmd_engine {
    dpmd_engine(std::vector<dpmd::Model> given, const dpmd::RunOptions& options, bool may_keep)
        : models(std::move(given)), run_options(options), may_keep_nearest(may_keep) {}

    const std::vector<dpmd::Model> models;  // to which neighbours beyond sel are an error
    const dpmd::RunOptions run_options;
    const bool may_keep_nearest;
    bool keeps_nearest = false;  // once an atom has had too many neighbours
    // made when they are first needed
    std::unique_ptr<dpmd::Committee> on_frames;
    std::unique_ptr<dpmd::HostListEngine> on_lists;
    std::vector<dpmd::HostResult> places;  // for the results of on_lists, kept from step to step
    std::atomic_flag is_computing;
    std::string warning, taken_warning;
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

/// The models as they are run now.
std::vector<Model> running_models(const dpmd_engine& engine);

/// Keeps the nearest neighbours from now on; `reason` tells which atom has too many.
void keep_nearest(dpmd_engine& engine, const std::string& reason);

/// Computes, and once more where atoms turn out to have neighbours beyond sel and the nearest are to be kept: so it is
/// known when some are ignored, and evaluations of other atoms cost no count.
template <class F>
void compute_within_sel(dpmd_engine& engine, F&& compute) {
    try {
        return compute();
    } catch (const TooManyNeighbors& found) {
        if (!engine.may_keep_nearest || engine.keeps_nearest) throw;
        keep_nearest(engine, found.what());
    }
    compute();
}

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
