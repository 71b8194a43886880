// The C interface: short bodies behind one guard.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "capi/versioned.hpp"
#include "core/text.hpp"
#include "dpmd/committee.hpp"
#include "dpmd/dpmd.h"
#include "dpmd/potential.hpp"
#include "engine/host_engine.hpp"
#include "engine/inputs.hpp"
#include "math/model_deviation.hpp"

struct dpmd_model {
    std::vector<std::shared_ptr<const dpmd::Potential>> models;
    // made when they are first asked for
    std::unique_ptr<dpmd::Committee> on_frames;
    std::unique_ptr<dpmd::HostListEngine> on_lists;
    std::vector<dpmd::HostResult> places;  // of the results of on_lists, kept from step to step
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

/// Runs the body of a function; what it throws becomes a status and the text of dpmd_last_error.
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

/// Up while a thread computes with a model.
class Computing {
public:
    explicit Computing(dpmd_model& model) : model_(model) {
        if (model.is_computing.test_and_set(std::memory_order_acquire))
            throw InputError("another thread is computing with this model; let them take turns, or load one for each");
    }
    ~Computing() { model_.is_computing.clear(std::memory_order_release); }
    Computing(const Computing&) = delete;
    Computing& operator=(const Computing&) = delete;

private:
    dpmd_model& model_;
};

template <class T>
T& given(T* pointer, const char* name) {
    if (pointer == nullptr) throw InputError(concat(name, " is NULL"));
    return *pointer;
}

/// Elements that must be there unless there are none.
template <class T>
std::span<const T> array(const T* pointer, std::size_t n, const char* name) {
    if (pointer == nullptr && n > 0) throw InputError(concat(name, " is NULL; ", n, " values are needed"));
    return {pointer, pointer == nullptr ? 0 : n};
}

/// The same, or nothing when it is NULL.
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

/// Types of atoms as the engine knows them: those from n_types on are virtual, as in DeePMD-kit's C interface.
std::vector<std::int32_t> engine_types(std::span<const std::int32_t> types, const ModelInfo& info) {
    std::vector<std::int32_t> out(types.begin(), types.end());
    const auto n_types = static_cast<std::int32_t>(info.type_map.size());
    std::ranges::replace_if(
        out, [=](std::int32_t type) { return type >= n_types; }, -1);
    return out;
}

PotentialOptions options_of(const dpmd_options& o) {
    PotentialOptions out;
    out.device = text(o.device, "cpu");
    out.precision = text(o.precision, "double");
    out.compress = text(o.compress, "off");
    out.tolerance = o.tolerance;
    out.overflow = text(o.overflow, "error");
    out.instruction_set = text(o.instruction_set, "");
    out.threads = o.threads;
    return out;
}

void check_alike(const dpmd_model& model, const char* const* paths) {
    const ModelInfo& first = model.models.front()->info();
    for (std::size_t k = 1; k < model.models.size(); ++k) {
        const ModelInfo& other = model.models[k]->info();
        if (other.type_map != first.type_map || other.n_fparam != first.n_fparam || other.n_aparam != first.n_aparam)
            throw InputError(concat(paths[k], ": has other types or parameters than ", paths[0],
                                    "; models that are used together must agree in them"));
    }
}

/// [n_models][n_frames][n] places of an output, or nothing.
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

void compute(dpmd_model& model, const dpmd_frames& frames, const dpmd_result& out) {
    const Computing computing(model);
    const std::size_t n_frames = count(frames.n_frames, "n_frames"), n = count(frames.n_atoms, "n_atoms");
    const ModelInfo& info = model.models.front()->info();
    const std::size_t n_fparam = std::size_t(info.n_fparam), n_aparam = n * std::size_t(info.n_aparam);
    const auto positions = array(frames.positions, n_frames * 3 * n, "positions");
    const auto types = engine_types(array(frames.types, n, "types"), info);
    const auto fparam = optional_array(frames.fparam, n_frames * n_fparam);
    const auto aparam = array(frames.aparam, n_frames * n_aparam, "aparam");
    for (std::size_t f = 0; f < n_frames; ++f) {
        Atoms atoms{
            positions.subspan(f * 3 * n, 3 * n), types, box_of(frames, f), {}, aparam.subspan(f * n_aparam, n_aparam)};
        if (!fparam.empty()) atoms.fparam = fparam.subspan(f * n_fparam, n_fparam);
        if (!model.on_frames) model.on_frames = std::make_unique<Committee>(model.models);
        const std::vector<Result> of_models = model.on_frames->compute(atoms, out.atom_virials != nullptr);
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

HostListEngine& engine_of(dpmd_model& model) {
    if (!model.on_lists) {
        std::vector<const Potential*> models;
        for (const auto& potential : model.models) models.push_back(potential.get());
        model.on_lists = Potential::make_host_list_engine(models);
    }
    return *model.on_lists;
}

void set_neighbors(dpmd_model& model, const dpmd_neighbors& n) {
    const Computing computing(model);
    HostNeighbors to;
    const std::size_t n_total = count(n.n_owned, "n_owned") + count(n.n_ghosts, "n_ghosts");
    const std::size_t n_lists = count(n.n_lists, "n_lists");
    if (n.n_lists > n.n_owned) throw InputError(concat(n.n_lists, " neighbour lists for ", n.n_owned, " atoms"));
    to.n_owned = n.n_owned;
    to.n_ghosts = n.n_ghosts;
    to.positions = array(n.positions, 3 * n_total, "positions").data();
    const auto types = engine_types(array(n.types, n_total, "types"), model.models.front()->info());
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
    engine_of(model).set_neighbors(to);
}

void compute_local(dpmd_model& model, const dpmd_local& local, const dpmd_result& out) {
    const Computing computing(model);
    if (!model.on_lists) throw InputError("there are no neighbour lists; call dpmd_set_neighbors first");
    HostListEngine& engine = *model.on_lists;
    const ModelInfo& info = model.models.front()->info();
    const auto n = std::size_t(engine.n_owned()), n_total = std::size_t(engine.n_total());
    HostCall call;
    call.positions = array(local.positions, 3 * n_total, "positions").data();
    call.fparam = optional_array(local.fparam, std::size_t(info.n_fparam));
    call.aparam = array(local.aparam, n * std::size_t(info.n_aparam), "aparam");
    const std::size_t n_models = local.n_models != 0 ? count(local.n_models, "n_models") : engine.n_models();
    if (n_models > engine.n_models())
        throw InputError(concat("n_models = ", n_models, "; there are ", engine.n_models()));
    model.places.clear();
    for (std::size_t m = 0; m < n_models; ++m)
        model.places.push_back({place(out.energies, m, 1, 0, 1), place(out.virials, m, 1, 0, 9),
                                place(out.forces, m, 1, 0, 3 * n_total), place(out.atom_energies, m, 1, 0, n),
                                place(out.atom_virials, m, 1, 0, 9 * n_total)});
    engine.compute(call, model.places);
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

int dpmd_load(const char* const* paths, int32_t n_models, const dpmd_options* options, dpmd_model** model) {
    if (model != nullptr) *model = nullptr;
    return guarded([&] {
        given(model, "model");
        given(paths, "paths");
        if (n_models < 1) throw InputError(concat("n_models = ", n_models, " must be 1 or more"));
        const PotentialOptions chosen = options_of(options != nullptr ? read(*options) : dpmd_options{});
        auto loaded = std::make_unique<dpmd_model>();
        for (int32_t k = 0; k < n_models; ++k)
            loaded->models.push_back(std::make_shared<const Potential>(&given(paths[k], "a path"), chosen));
        check_alike(*loaded, paths);
        *model = loaded.release();
    });
}

void dpmd_free(dpmd_model* model) { delete model; }

int dpmd_query(const dpmd_model* model, dpmd_info* info) {
    return guarded([&] {
        dpmd_info out{};
        const auto& models = given(model, "model").models;
        const ModelInfo& first = models.front()->info();
        out.n_models = static_cast<int32_t>(models.size());
        out.n_types = static_cast<int32_t>(first.type_map.size());
        for (const auto& one : models) out.cutoff = std::max(out.cutoff, one->info().cutoff);
        out.n_fparam = first.n_fparam;
        out.n_aparam = first.n_aparam;
        write(out, given(info, "info"));
    });
}

const char* dpmd_type_name(const dpmd_model* model, int32_t type) {
    if (model == nullptr || type < 0) return nullptr;
    const auto& names = model->models.front()->info().type_map;
    return static_cast<std::size_t>(type) < names.size() ? names[static_cast<std::size_t>(type)].c_str() : nullptr;
}

int dpmd_compute(dpmd_model* model, const dpmd_frames* frames, dpmd_result* result) {
    return guarded(
        [&] { compute(given(model, "model"), read(given(frames, "frames")), read(given(result, "result"))); });
}

int dpmd_set_neighbors(dpmd_model* model, const dpmd_neighbors* neighbors) {
    return guarded([&] { set_neighbors(given(model, "model"), read(given(neighbors, "neighbors"))); });
}

int dpmd_compute_local(dpmd_model* model, const dpmd_local* local, dpmd_result* result) {
    return guarded(
        [&] { compute_local(given(model, "model"), read(given(local, "local")), read(given(result, "result"))); });
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
