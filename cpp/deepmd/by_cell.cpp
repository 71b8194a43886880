#include "by_cell.hpp"

#include "handle.hpp"

namespace dpmd::deepmd {
namespace {

/// Without lists an unknown type is a mistake: hosts name atoms of no concern with -1.
void require_types(const int* types, std::size_t n, int n_types) {
    if (types == nullptr && n > 0) throw Failure("atype is NULL");
    for (std::size_t i = 0; i < n; ++i)
        if (types[i] < -1 || types[i] >= n_types)
            throw Failure("atype[" + std::to_string(i) + "] = " + std::to_string(types[i]) +
                          " is not a type of this model, which has 0 to " + std::to_string(n_types - 1) +
                          " (and -1 for an atom of no concern)");
}

void compute(dpmd_engine* engine, const Call<double>& call, const Results<double>& out) {
    DPMD_INIT(dpmd_frames, frames);
    frames.n_frames = call.n_frames;
    frames.n_atoms = call.n_atoms;
    frames.positions = call.coord;
    frames.types = call.types;
    frames.cells = call.cell;
    frames.fparam = call.fparam;
    frames.aparam = call.aparam;
    DPMD_INIT(dpmd_result, result);
    result.energies = out.energy;
    result.forces = out.force;
    result.virials = out.virial;
    result.atom_energies = out.atom_energy;
    result.atom_virials = out.atom_virial;
    must(dpmd_compute(engine, &frames, &result));
}

template <class T>
T* advanced(T* array, std::size_t n) {
    return array != nullptr ? array + n : nullptr;
}

void compute_frame_by_frame(const Models& models, const Call<double>& call, const Results<double>& out) {
    const auto n = static_cast<std::size_t>(call.n_atoms);
    const auto n_fparam = std::size_t(models.info.n_fparam), n_aparam = n * std::size_t(models.info.n_aparam);
    for (std::size_t f = 0; f < static_cast<std::size_t>(call.n_frames); ++f)
        compute(models.engine.get(),
                {1, call.n_atoms, advanced(call.coord, 3 * n * f), advanced(call.types, n * f),
                 advanced(call.cell, 9 * f), advanced(call.fparam, n_fparam * f), advanced(call.aparam, n_aparam * f)},
                {advanced(out.energy, f), advanced(out.force, 3 * n * f), advanced(out.virial, 9 * f),
                 advanced(out.atom_energy, n * f), advanced(out.atom_virial, 9 * n * f)});
}

}  // namespace

void compute_by_cell(Models& models, Form form, const Call<double>& call, const Results<double>& out) {
    const std::size_t n_rows = form == Form::mixed_types ? std::size_t(call.n_frames) : 1;
    require_types(call.types, n_rows * std::size_t(call.n_atoms), models.info.n_types);
    if (form == Form::mixed_types) compute_frame_by_frame(models, call, out);
    else compute(models.engine.get(), call, out);
}

}  // namespace dpmd::deepmd
