// The model deviation of the pair style: the forces of all models with ghosts added, and their statistics over all
// ranks.
#include <atom.h>
#include <comm.h>
#include <error.h>
#include <update.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "over_ranks.hpp"
#include "pair_dpmd.hpp"

namespace dpmd::lammps {

using namespace LAMMPS_NS;

bool PairDpmd::writes_deviations() const { return info_.n_models > 1 && settings_.out_freq > 0; }

/// Called in the first step, which decides whether an existing file is continued.
void PairDpmd::begin_log() {
    has_log_ = true;
    if (comm->me != 0) return;
    const std::size_t n_atomic = settings_.atomic ? std::size_t(atom->natoms) : 0;
    try {
        log_.emplace(settings_.out_file, update->ntimestep, n_atomic);
    } catch (const std::runtime_error& failed) {
        error->one(FLERR, std::string("pair_style dpmd: ") + failed.what());
    }
    if (!log_->put_aside().empty())
        warn(settings_.out_file + " has other columns than this run writes, and is kept as " +
             log_->put_aside().string());
}

void PairDpmd::write_deviation() {
    comm->reverse_comm(this);
    const auto n = std::size_t(n_owned_), n_total = n + std::size_t(n_ghosts_), m = std::size_t(n_models_);
    std::vector<double> forces(3 * n * m), of_atoms(n);
    for (std::size_t k = 0; k < m; ++k)
        std::copy_n(forces_.begin() + std::ptrdiff_t(3 * n_total * k), 3 * n,
                    forces.begin() + std::ptrdiff_t(3 * n * k));
    // a relative deviation has no unit; its level has the input's
    const double level = settings_.relative ? *settings_.relative / units_.force() : -1.0;
    must(dpmd_force_deviation(n_models_, n_owned_, forces.data(), level, of_atoms.data()));
    if (!settings_.relative)
        for (double& value : of_atoms) value *= units_.force();

    const Deviation of_forces = statistics_of_atoms(of_atoms, atom->natoms, world);
    const Deviation of_virial = virial_deviation();
    std::vector<double> by_id;
    if (settings_.atomic) by_id = gather_by_id(std::span(ids_).first(n), of_atoms, world);
    if (!log_) return;
    try {
        log_->write(update->ntimestep, of_virial, of_forces, by_id);
    } catch (const std::runtime_error& failed) {
        error->one(FLERR, std::string("pair_style dpmd: ") + failed.what());
    }
}

/// The deviation of the whole system's virial, on rank 0.
Deviation PairDpmd::virial_deviation() const {
    std::vector<double> all(virials_.size());
    MPI_Reduce(virials_.data(), all.data(), int(all.size()), MPI_DOUBLE, MPI_SUM, 0, world);
    if (comm->me != 0) return {};
    double components[9];
    const double level = settings_.relative_v ? *settings_.relative_v / units_.energy : -1.0;
    must(dpmd_virial_deviation(n_models_, atom->natoms, all.data(), level, components));
    const double unit = settings_.relative_v ? 1.0 : units_.energy;
    double squares = 0;
    for (double& value : components) {
        value *= unit;
        squares += value * value;
    }
    return {*std::max_element(components, components + 9), *std::min_element(components, components + 9),
            std::sqrt(squares / 9)};
}

int PairDpmd::pack_reverse_comm(int n, int first, double* buffer) {
    const auto n_total = std::size_t(n_owned_ + n_ghosts_);
    double* next = buffer;
    for (std::size_t k = 0; k < std::size_t(n_models_); ++k)
        next = std::copy_n(forces_.data() + 3 * (k * n_total + std::size_t(first)), 3 * n, next);
    return int(next - buffer);
}

void PairDpmd::unpack_reverse_comm(int n, int* atoms, double* buffer) {
    const auto n_total = std::size_t(n_owned_ + n_ghosts_);
    for (std::size_t k = 0; k < std::size_t(n_models_); ++k)
        for (int a = 0; a < n; ++a)
            for (std::size_t c = 0; c < 3; ++c) forces_[3 * (k * n_total + std::size_t(atoms[a])) + c] += *buffer++;
}

}  // namespace dpmd::lammps
