// The neighbours of the pair style: LAMMPS' lists passed to the engine, and checks that no pair is missing in them.
#include <atom.h>
#include <error.h>
#include <neigh_list.h>
#include <neighbor.h>

#include "over_ranks.hpp"
#include "pair_dpmd.hpp"

namespace dpmd::lammps {

using namespace LAMMPS_NS;

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

void PairDpmd::find_first_type() {
    const auto n = std::size_t(atom->nlocal);
    ids_.assign(atom->tag, atom->tag + n);
    first_type_ = type_of_first_atom(ids_, {types_.data(), n}, world);
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
    if (first_type_ >= 0) neighbors.first_type = &first_type_;
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

}  // namespace dpmd::lammps
