// The C interface: short bodies behind one guard.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "capi/versioned.hpp"
#include "core/text.hpp"
#include "dpmd/committee.hpp"
#include "dpmd/dpmd.h"
#include "dpmd/potential.hpp"
#include "engine/backend_choice.hpp"
#include "engine/make_engine.hpp"
#include "math/model_deviation.hpp"

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

/// Runs the body of a function; an exception becomes a status and the text of dpmd_last_error.
template <class F>
int guarded(F&& body) noexcept {
    try {
        body();
        return DPMD_OK;
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
std::span<const double> optional_array(const double* pointer, std::size_t n) {
    return {pointer, pointer == nullptr ? 0 : n};
}

std::size_t count(std::int32_t n, const char* name) {
    if (n < 0) throw InputError(concat(name, " = ", n, " is negative"));
    return static_cast<std::size_t>(n);
}

std::string text(const char* given_text, const char* otherwise) {
    return given_text != nullptr ? given_text : otherwise;
}

/// Types of atoms for the engine: as in DeePMD-kit's C interface, those from n_types on are virtual.
std::vector<std::int32_t> engine_types(std::span<const std::int32_t> types, const ModelInfo& info) {
    std::vector<std::int32_t> out(types.begin(), types.end());
    const auto n_types = static_cast<std::int32_t>(info.type_map.size());
    std::ranges::replace_if(
        out, [=](std::int32_t type) { return type >= n_types; }, -1);
    return out;
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

/// The place of a model and frame in an output [n_models][n_frames][n], or null.
double* place(double* output, std::size_t model, std::size_t n_frames, std::size_t frame, std::size_t n) {
    return output == nullptr ? nullptr : output + (model * n_frames + frame) * n;
}

template <class Values>
void put(double* to, const Values& values) {
    if (to != nullptr) std::copy(values.begin(), values.end(), to);
}

Box box_of(const dpmd_frames& frames, std::size_t frame) {
    Box box;
    if (frames.cells == nullptr) {
        for (int k = 0; frames.pbc != nullptr && k < 3; ++k)
            if (frames.pbc[k] != 0) throw InputError(concat("pbc[", k, "] = ", frames.pbc[k], ", but cells is NULL"));
        return box;
    }
    std::copy_n(frames.cells + 9 * frame, 9, box.cell.begin());
    for (std::size_t k = 0; k < 3; ++k) box.periodic[k] = frames.pbc == nullptr || frames.pbc[k] != 0;
    return box;
}

void compute(dpmd_engine& engine, const dpmd_frames& frames, const dpmd_result& out) {
    const Computing computing(engine);
    const std::size_t n_frames = count(frames.n_frames, "n_frames"), n = count(frames.n_atoms, "n_atoms");
    const ModelInfo& info = engine.models.front().info();
    const std::size_t n_fparam = std::size_t(info.n_fparam), n_aparam = n * std::size_t(info.n_aparam);
    const auto positions = array(frames.positions, n_frames * 3 * n, "positions");
    const auto types = engine_types(array(frames.types, n, "types"), info);
    const auto fparam = optional_array(frames.fparam, n_frames * n_fparam);
    const auto aparam = array(frames.aparam, n_frames * n_aparam, "aparam");
    for (std::size_t f = 0; f < n_frames; ++f) {
        Atoms atoms{
            positions.subspan(f * 3 * n, 3 * n), types, box_of(frames, f), {}, aparam.subspan(f * n_aparam, n_aparam)};
        if (!fparam.empty()) atoms.fparam = fparam.subspan(f * n_fparam, n_fparam);
        if (!engine.on_frames) engine.on_frames = std::make_unique<Committee>(engine.models, engine.run_options);
        const std::vector<Result> of_models = engine.on_frames->compute(atoms, out.atom_virials != nullptr);
        for (std::size_t m = 0; m < of_models.size(); ++m) {
            const Result& found = of_models[m];
            put(place(out.energies, m, n_frames, f, 1), std::span(&found.energy, 1));
            put(place(out.forces, m, n_frames, f, 3 * n), found.forces);
            put(place(out.virials, m, n_frames, f, 9), found.virial);
            put(place(out.atom_energies, m, n_frames, f, n), found.atom_energies);
            put(place(out.atom_virials, m, n_frames, f, 9 * n), found.atom_virials);
        }
    }
}

void set_neighbors(dpmd_engine& engine, const dpmd_neighbors& n) {
    const Computing computing(engine);
    HostNeighbors to;
    const std::size_t n_total = count(n.n_owned, "n_owned") + count(n.n_ghosts, "n_ghosts");
    const std::size_t n_lists = count(n.n_lists, "n_lists");
    if (n.n_lists > n.n_owned) throw InputError(concat(n.n_lists, " neighbour lists for ", n.n_owned, " atoms"));
    to.n_owned = n.n_owned;
    to.n_ghosts = n.n_ghosts;
    to.positions = array(n.positions, 3 * n_total, "positions").data();
    const auto types = engine_types(array(n.types, n_total, "types"), engine.models.front().info());
    to.types = types.data();
    to.ids = n.ids;
    to.n_lists = n.n_lists;
    to.atoms = n.atoms;
    to.counts = array(n.counts, n_lists, "counts").data();
    to.lists = array(n.lists, n_lists, "lists").data();
    for (std::size_t k = 0; k < n_lists; ++k)
        if (to.lists[k] == nullptr && to.counts[k] > 0) throw InputError(concat("lists[", k, "] is NULL"));
    to.index_mask = n.index_mask != 0 ? n.index_mask : -1;
    to.half = n.half != 0;
    if (!engine.on_lists) engine.on_lists = make_host_list_engine(engine.models, engine.run_options);
    engine.on_lists->set_neighbors(to);
}

void compute_local(dpmd_engine& engine, const dpmd_local& local, const dpmd_result& out) {
    const Computing computing(engine);
    if (!engine.on_lists) throw InputError("there are no neighbour lists; call dpmd_set_neighbors first");
    HostListEngine& on_lists = *engine.on_lists;
    const ModelInfo& info = engine.models.front().info();
    const auto n = std::size_t(on_lists.n_owned()), n_total = std::size_t(on_lists.n_total());
    HostCall call;
    call.positions = array(local.positions, 3 * n_total, "positions").data();
    call.fparam = optional_array(local.fparam, std::size_t(info.n_fparam));
    call.aparam = array(local.aparam, n * std::size_t(info.n_aparam), "aparam");
    const std::size_t n_models = local.n_models != 0 ? count(local.n_models, "n_models") : on_lists.n_models();
    if (n_models > on_lists.n_models())
        throw InputError(concat("n_models = ", n_models, "; there are ", on_lists.n_models()));
    engine.places.clear();
    for (std::size_t m = 0; m < n_models; ++m)
        engine.places.push_back({place(out.energies, m, 1, 0, 1), place(out.virials, m, 1, 0, 9),
                                 place(out.forces, m, 1, 0, 3 * n_total), place(out.atom_energies, m, 1, 0, n),
                                 place(out.atom_virials, m, 1, 0, 9 * n_total)});
    on_lists.compute(call, engine.places);
}

}  // namespace
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

int dpmd_compute(dpmd_engine* engine, const dpmd_frames* frames, dpmd_result* result) {
    return guarded(
        [&] { compute(given(engine, "engine"), read(given(frames, "frames")), read(given(result, "result"))); });
}

int dpmd_set_neighbors(dpmd_engine* engine, const dpmd_neighbors* neighbors) {
    return guarded([&] { set_neighbors(given(engine, "engine"), read(given(neighbors, "neighbors"))); });
}

int dpmd_compute_local(dpmd_engine* engine, const dpmd_local* local, dpmd_result* result) {
    return guarded(
        [&] { compute_local(given(engine, "engine"), read(given(local, "local")), read(given(result, "result"))); });
}

int dpmd_force_deviation(int32_t n_models, int32_t n_atoms, const double* forces, double relative, double* deviations) {
    return guarded([&] {
        const std::size_t n = count(n_atoms, "n_atoms"), k = count(n_models, "n_models");
        const auto from = array(forces, k * 3 * n, "forces");
        if (k == 0) throw InputError("n_models = 0; a deviation needs models");
        if (n > 0) given(deviations, "deviations");
        for (std::size_t i = 0; i < n; ++i)
            deviations[i] = model_deviation(from.data() + 3 * i, k, 3 * n, 3, 1.0, relative);
    });
}

int dpmd_virial_deviation(int32_t n_models, int64_t n_atoms, const double* virials, double relative,
                          double* deviations) {
    return guarded([&] {
        const std::size_t k = count(n_models, "n_models");
        if (k == 0 || n_atoms < 1)
            throw InputError(concat("n_models = ", n_models, " and n_atoms = ", n_atoms, " must be 1 or more"));
        const auto from = array(virials, 9 * k, "virials");
        given(deviations, "deviations");
        for (std::size_t c = 0; c < 9; ++c)
            deviations[c] = model_deviation(from.data() + c, k, 9, 1, 1.0 / double(n_atoms), relative);
    });
}
