#include "pair_dpmd.hpp"

#include <atom.h>
#include <comm.h>
#include <error.h>
#include <force.h>
#include <memory.h>
#include <neighbor.h>
#include <update.h>

#include <cstring>
#include <stdexcept>
#include <string>

#include "over_ranks.hpp"

namespace dpmd::lammps {

using namespace LAMMPS_NS;

namespace {

constexpr double boltzmann_of_metal = 8.617343e-5;  // eV/K, LAMMPS' value

Units units_of(const Force& force) { return {force.angstrom, force.boltz / boltzmann_of_metal}; }

}  // namespace

PairDpmd::PairDpmd(LAMMPS* lammps) : Pair(lammps) {
    single_enable = 0;
    restartinfo = 0;  // models are files: an input that reads a restart names them again
    one_coeff = 1;
    manybody_flag = 1;
    no_virial_fdotr_compute = 1;
    centroidstressflag = CENTROID_AVAIL;
}

PairDpmd::~PairDpmd() {
    if (copymode || !allocated) return;
    memory->destroy(setflag);
    memory->destroy(cutsq);
}

// ----------------------------------------------------------------------------------------------------- pair_style

void PairDpmd::settings(int n_words, char** words) {
    if (std::strcmp(update->unit_style, "lj") == 0)
        error->all(FLERR, "pair_style dpmd: units lj have no eV and no Å; use metal, or any other units");
    try {
        settings_ = parse_settings({words, std::size_t(n_words)});
    } catch (const std::invalid_argument& wrong) {
        error->all(FLERR, std::string(wrong.what()));
    }
    load_models();
    forget_types();
    check_parameter_counts();
    comm_reverse = 3 * info_.n_models;
    log_.reset();
    has_log_ = false;
}

/// A failure on all ranks ends the job with one error; a failure on some of them ends it there.
void PairDpmd::load_models() {
    const std::string device = device_of_rank(settings_.device, world);
    DPMD_INIT(dpmd_options, options);
    options.device = device.c_str();
    options.precision = settings_.precision.c_str();
    options.compress = settings_.compress.c_str();
    options.overflow = settings_.overflow.c_str();
    options.tolerance = settings_.tolerance;
    options.threads = settings_.threads.value_or(comm->nthreads);
    std::vector<const char*> paths;
    for (const std::string& path : settings_.models) paths.push_back(path.c_str());

    dpmd_engine* loaded = nullptr;
    const int failed = dpmd_load(paths.data(), std::int32_t(paths.size()), &options, &loaded) != DPMD_OK;
    engine_.reset(loaded);
    int all_failed = 0;
    MPI_Allreduce(&failed, &all_failed, 1, MPI_INT, MPI_MIN, world);
    const std::string text = std::string("pair_style dpmd: ") + dpmd_last_error();
    if (all_failed) error->all(FLERR, text);
    if (failed) error->one(FLERR, text);
    info_.struct_size = sizeof(info_);
    must(dpmd_query(engine_.get(), &info_));
}

double PairDpmd::init_one(int i, int j) {
    if (setflag[i][j] == 0) error->all(FLERR, "pair_coeff of dpmd is missing for types {} and {}", i, j);
    return info_.cutoff * units_.length;
}

// ---------------------------------------------------------------------------------------------------- before a run

void PairDpmd::init_style() {
    if (!force->newton_pair) error->all(FLERR, "pair_style dpmd: forces act on ghosts; it needs newton on");
    if (!atom->tag_enable) error->all(FLERR, "pair_style dpmd: atoms need IDs; remove atom_modify id no");
    units_ = units_of(*force);
    has_neighbors_ = false;
    warn_of_exclusions();
    check_masses();
    find_parameter_sources();
    neighbor->add_request(this, NeighConst::REQ_FULL);
}

void PairDpmd::warn_of_exclusions() {
    const bool excludes = neighbor->nex_type > 0 || neighbor->nex_group > 0 || neighbor->nex_mol > 0;
    if (excludes || neighbor->includegroup != 0)
        warn(
            "pair_style dpmd: neigh_modify exclude and include take neighbours away, and the energy of an atom is one "
            "of all its neighbours: results are those of a model without these pairs");
}

void PairDpmd::warn(const std::string& message) const {
    if (comm->me == 0) error->warning(FLERR, message);
}

// --------------------------------------------------------------------------------------------------------------

double PairDpmd::memory_usage() {
    const auto bytes = [](const auto& values) { return double(values.capacity() * sizeof(values[0])); };
    return Pair::memory_usage() + bytes(types_) + bytes(counts_) + bytes(lists_) + bytes(ids_) + bytes(positions_) +
           bytes(aparam_) + bytes(forces_) + bytes(atom_energies_) + bytes(atom_virials_);
}

void PairDpmd::must(int status) const {
    if (status != DPMD_OK) error->one(FLERR, std::string("pair_style dpmd: ") + dpmd_last_error());
}

}  // namespace dpmd::lammps
