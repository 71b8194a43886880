// Frames of all atoms: energies, forces and virials by every model of an engine.
#include <algorithm>

#include "capi/engine.hpp"
#include "capi/versioned.hpp"

namespace dpmd::capi {
namespace {

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
        std::vector<Result> of_models;
        compute_within_sel(engine, [&] {
            if (!engine.on_frames)
                engine.on_frames = std::make_unique<Committee>(running_models(engine), engine.run_options);
            of_models = engine.on_frames->compute(atoms, out.atom_virials != nullptr);
        });
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

}  // namespace
}  // namespace dpmd::capi

using namespace dpmd;
using namespace dpmd::capi;

int dpmd_compute(dpmd_engine* engine, const dpmd_frames* frames, dpmd_result* result) {
    return guarded(
        [&] { compute(given(engine, "engine"), read(given(frames, "frames")), read(given(result, "result"))); });
}
