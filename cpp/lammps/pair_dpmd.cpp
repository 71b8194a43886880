#include "pair_dpmd.hpp"

#include <atom.h>
#include <comm.h>
#include <error.h>
#include <force.h>
#include <memory.h>
#include <neigh_list.h>
#include <neighbor.h>
#include <update.h>

#include <algorithm>
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

// ------------------------------------------------------------------------------------------------------- each step

void PairDpmd::compute(int eflag, int vflag) {
    ev_init(eflag, vflag);
    if (writes_deviations() && !has_log_) begin_log();
    if (neighbors_are_new()) set_neighbors();
    const bool shows_deviation = writes_deviations() && update->ntimestep % settings_.out_freq == 0;
    evaluate(shows_deviation ? info_.n_models : 1);
    add_forces();
    add_energy_and_virial();
    add_atom_virials();
    if (shows_deviation) write_deviation();
}

/// LAMMPS counts the lists it builds, but starts again with every run and every frame of rerun; and types may change
/// while a list is kept (fix atom/swap).
bool PairDpmd::neighbors_are_new() {
    const auto n = std::size_t(atom->nlocal + atom->nghost);
    bool differ = !has_neighbors_ || neighbor->ago == 0 || neighbor->ncalls != n_builds_ || atom->nlocal != n_owned_ ||
                  atom->nghost != n_ghosts_;
    types_.resize(n);
    for (std::size_t k = 0; k < n; ++k) {
        const std::int32_t type = model_type_[std::size_t(atom->type[k])];
        differ = differ || type != types_[k];
        types_[k] = type;
    }
    return differ;
}

void PairDpmd::set_neighbors() {
    check_pairs_are_ours();
    check_special_bonds();
    n_owned_ = atom->nlocal;
    n_ghosts_ = atom->nghost;
    ids_.assign(atom->tag, atom->tag + n_owned_ + n_ghosts_);
    counts_.resize(std::size_t(list->inum));
    lists_.resize(std::size_t(list->inum));
    for (std::size_t k = 0; k < lists_.size(); ++k) {
        counts_[k] = list->numneigh[list->ilist[k]];
        lists_[k] = list->firstneigh[list->ilist[k]];
    }
    DPMD_INIT(dpmd_neighbors, neighbors);
    neighbors.n_owned = n_owned_;
    neighbors.n_ghosts = n_ghosts_;
    neighbors.positions = positions();
    neighbors.types = types_.data();
    neighbors.ids = ids_.data();
    neighbors.n_lists = list->inum;
    neighbors.atoms = list->ilist;
    neighbors.counts = counts_.data();
    neighbors.lists = lists_.data();
    neighbors.index_mask = NEIGHMASK;  // flags of special neighbours are above it
    has_neighbors_ = false;
    must(dpmd_set_neighbors(engine_.get(), &neighbors));
    has_neighbors_ = true;
    n_builds_ = neighbor->ncalls;
}

/// In pair_style hybrid each style has a list of its own pairs.
void PairDpmd::check_pairs_are_ours() const {
    if (list->ijskip == nullptr) return;
    const auto is_ours = [this](int k) { return model_type_[std::size_t(k)] >= 0; };
    for (int i = 1; i <= atom->ntypes; ++i)
        for (int j = 1; j <= atom->ntypes; ++j)
            if (is_ours(i) && is_ours(j) && (list->iskip[i] != 0 || list->ijskip[i][j] != 0))
                error->all(
                    FLERR,
                    "pair_style dpmd: another style of pair_style hybrid has the pairs of types {} and {}, but a "
                    "model needs all pairs of its types; use hybrid/overlay",
                    i, j);
}

/// LAMMPS leaves bonded neighbours out of its lists where their factors are zero, which is the default.
void PairDpmd::check_special_bonds() const {
    if (atom->molecular == Atom::ATOMIC) return;
    constexpr const char* remedy = "special_bonds lj/coul 1.0 1.0 1.0";
    const int* flags = neighbor->special_flag;
    if (atom->nspecial == nullptr && (flags[1] == 0 || flags[2] == 0 || flags[3] == 0))
        error->all(
            FLERR,
            "pair_style dpmd: special_bonds takes bonded neighbours out of the neighbour lists, but a model needs "
            "them: {}",
            remedy);
    if (atom->nspecial == nullptr) return;
    for (int i = 0; i < atom->nlocal; ++i)
        for (int k = 1; k <= 3; ++k) {
            const int n = atom->nspecial[i][k - 1] - (k > 1 ? atom->nspecial[i][k - 2] : 0);
            if (n > 0 && flags[k] == 0 && model_type_[std::size_t(atom->type[i])] >= 0)
                error->one(FLERR,
                           "pair_style dpmd: atom {} has bonded neighbours that special_bonds takes out of the "
                           "neighbour lists, but a model needs them: {}",
                           atom->tag[i], remedy);
        }
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
