// A step of the pair style: the engine's energies, forces and virials for LAMMPS' atoms.
#include <atom.h>
#include <neighbor.h>
#include <update.h>

#include <algorithm>

#include "pair_dpmd.hpp"

namespace dpmd::lammps {

using namespace LAMMPS_NS;

void PairDpmd::compute(int eflag, int vflag) {
    ev_init(eflag, vflag);
    if (writes_deviations() && !has_log_) begin_log();
    const bool are_new = neighbors_are_new();
    if (neighbor->ago == 0 || first_type_ < 0) find_first_type();  // together: `ago` is the same on all ranks
    if (are_new) set_neighbors();
    const bool shows_deviation = writes_deviations() && update->ntimestep % settings_.out_freq == 0;
    evaluate(shows_deviation ? info_.n_models : 1);
    add_forces();
    add_energy_and_virial();
    add_atom_virials();
    if (shows_deviation) write_deviation();
}

/// Positions in units of the engine.
const double* PairDpmd::positions() {
    const auto n = std::size_t(3 * (atom->nlocal + atom->nghost));
    if (n == 0) return nullptr;
    const double* first = &atom->x[0][0];
    if (units_.length == 1.0) return first;
    positions_.resize(n);
    std::transform(first, first + n, positions_.begin(), [this](double x) { return x / units_.length; });
    return positions_.data();
}

void PairDpmd::evaluate(int n_models) {
    const auto n = std::size_t(n_owned_), n_total = n + std::size_t(n_ghosts_), m = std::size_t(n_models);
    n_models_ = n_models;
    energies_.resize(m);
    virials_.resize(9 * m);
    forces_.resize(3 * n_total * m);
    DPMD_INIT(dpmd_local, local);
    local.positions = positions();
    local.n_models = n_models;
    update_parameters();
    if (!fparam_.empty()) local.fparam = fparam_.data();
    local.aparam = aparam_.data();
    DPMD_INIT(dpmd_result, result);
    result.energies = energies_.data();
    result.forces = forces_.data();
    result.virials = virials_.data();
    if (eflag_atom) {
        atom_energies_.resize(n * m);
        result.atom_energies = atom_energies_.data();
    }
    if (vflag_atom || cvflag_atom) {
        atom_virials_.resize(9 * n_total * m);
        result.atom_virials = atom_virials_.data();
    }
    must(dpmd_compute_local(engine_.get(), &local, &result));
}

/// Adds forces on ghosts, too: LAMMPS passes them to their owners.
void PairDpmd::add_forces() {
    const auto n = std::size_t(3 * (n_owned_ + n_ghosts_));
    double* f = n > 0 ? &atom->f[0][0] : nullptr;
    const double unit = units_.force();
    for (std::size_t k = 0; k < n; ++k) f[k] += unit * forces_[k];
}

void PairDpmd::add_energy_and_virial() {
    if (eflag_global) eng_vdwl += units_.energy * energies_[0];
    if (eflag_atom)
        for (int i = 0; i < n_owned_; ++i) eatom[i] += units_.energy * atom_energies_[std::size_t(i)];
    if (!vflag_global) return;
    constexpr int place[6] = {0, 4, 8, 1, 2, 5};  // xx yy zz xy xz yz
    for (int k = 0; k < 6; ++k) virial[k] += units_.energy * virials_[std::size_t(place[k])];
}

/// compute stress/atom gets the symmetric part, whose sum is the same.
void PairDpmd::add_atom_virials() {
    if (!(vflag_atom || cvflag_atom)) return;
    constexpr int place[9] = {0, 4, 8, 3, 6, 7, 1, 2, 5};  // xx yy zz xy xz yz yx zx zy of the row-major F_a r_b
    constexpr int mirror[6] = {0, 4, 8, 1, 2, 5};
    for (int i = 0; i < n_owned_ + n_ghosts_; ++i) {
        const double* v = &atom_virials_[9 * std::size_t(i)];
        if (cvflag_atom)
            for (int k = 0; k < 9; ++k) cvatom[i][k] += units_.energy * v[place[k]];
        if (vflag_atom)
            for (int k = 0; k < 6; ++k) vatom[i][k] += 0.5 * units_.energy * (v[place[k]] + v[mirror[k]]);
    }
}

}  // namespace dpmd::lammps
