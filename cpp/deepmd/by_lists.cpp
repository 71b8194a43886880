#include "by_lists.hpp"

#include <algorithm>
#include <cstring>

#include "handle.hpp"
#include "neighbor_lists.hpp"

namespace dpmd::deepmd {
namespace {

/// Types for the engine, to which -1 and indices from n_types on are atoms of no concern, as they are to hosts; hosts
/// have other negative numbers for them, too.
const int* engine_types(Models& models, const Call<double>& call) {
    const auto n = static_cast<std::size_t>(call.n_atoms);
    if (std::none_of(call.types, call.types + n, [](int type) { return type < -1; })) return call.types;
    models.engine_types.assign(call.types, call.types + n);
    for (int& type : models.engine_types) type = std::max(type, -1);
    return models.engine_types.data();
}

void take_lists(Models& models, const Call<double>& call, const Lists& lists) {
    const DP_Nlist& given = *lists.nlist;
    models.held.are_held = false;
    DPMD_INIT(dpmd_neighbors, neighbors);
    neighbors.n_owned = call.n_atoms - lists.n_ghosts;
    neighbors.n_ghosts = lists.n_ghosts;
    neighbors.positions = call.coord;
    neighbors.types = engine_types(models, call);
    neighbors.n_lists = given.n_lists;
    neighbors.atoms = given.atoms;
    neighbors.counts = given.counts;
    neighbors.lists = given.lists;
    neighbors.index_mask = given.mask;
    neighbors.listed_only = 1;
    must(dpmd_set_neighbors(models.engine.get(), &neighbors));
    models.held.n_atoms = call.n_atoms;
    models.held.n_ghosts = lists.n_ghosts;
    models.held.n_lists = given.n_lists;
    models.held.types.assign(call.types, call.types + call.n_atoms);
    models.held.are_held = true;
}

/// Lists of an earlier call serve the same atoms only. Types may change while a host keeps its lists (fix atom/swap of
/// LAMMPS), and then the lists that it passes are those which it keeps.
void require_lists(Models& models, const Call<double>& call, const Lists& lists) {
    const HeldLists& held = models.held;
    const std::string ago = "ago = " + std::to_string(lists.ago);
    if (!held.are_held) throw Failure(ago + ", but there are no lists of an earlier call; pass lists with ago = 0");
    if (held.n_atoms != call.n_atoms || held.n_ghosts != lists.n_ghosts)
        throw Failure(ago + ", but there are " + std::to_string(call.n_atoms) + " atoms with " +
                      std::to_string(lists.n_ghosts) + " ghosts, and the lists are for " +
                      std::to_string(held.n_atoms) + " with " + std::to_string(held.n_ghosts) +
                      "; pass new lists with ago = 0");
    if (std::equal(held.types.begin(), held.types.end(), call.types)) return;
    if (lists.nlist == nullptr || lists.nlist->n_lists != held.n_lists)
        throw Failure(ago + ", but types have changed; pass the lists again with ago = 0");
    take_lists(models, call, lists);
}

/// The engine has put the energies of own atoms one model after the other: moves them to their places, and gives ghosts
/// none.
void spread_atom_energies(double* energies, std::size_t n_models, std::size_t n_own, std::size_t n) {
    for (std::size_t m = n_models; m-- > 0;) {
        std::memmove(energies + m * n, energies + m * n_own, n_own * sizeof(double));
        std::fill(energies + m * n + n_own, energies + (m + 1) * n, 0.0);
    }
}

/// One frame; several models give a block each.
void compute_frame(const Models& models, const Call<double>& call, const Results<double>& out, std::size_t n_own,
                   std::size_t frame) {
    const auto n = static_cast<std::size_t>(call.n_atoms);
    const auto place = [frame](auto* array, std::size_t size) {
        return array != nullptr ? array + frame * size : nullptr;
    };
    DPMD_INIT(dpmd_local, local);
    local.positions = place(call.coord, 3 * n);
    local.fparam = place(call.fparam, std::size_t(models.info.n_fparam));
    local.aparam = place(call.aparam, n_own * std::size_t(models.info.n_aparam));
    DPMD_INIT(dpmd_result, result);
    result.energies = place(out.energy, 1);
    result.forces = place(out.force, 3 * n);
    result.virials = place(out.virial, 9);
    result.atom_energies = place(out.atom_energy, n);
    result.atom_virials = place(out.atom_virial, 9 * n);
    must(dpmd_compute_local(models.engine.get(), &local, &result));
    if (result.atom_energies != nullptr) spread_atom_energies(result.atom_energies, models.n_models, n_own, n);
}

}  // namespace

void compute_by_lists(Models& models, const Call<double>& call, const Results<double>& out, const Lists& lists) {
    if (lists.n_ghosts < 0 || lists.n_ghosts > call.n_atoms)
        throw Failure("nghost = " + std::to_string(lists.n_ghosts) + " of natoms = " + std::to_string(call.n_atoms));
    if (call.types == nullptr && call.n_atoms > 0) throw Failure("atype is NULL");
    if (lists.ago != 0) require_lists(models, call, lists);
    else if (lists.nlist == nullptr) throw Failure("nlist is NULL");
    else take_lists(models, call, lists);
    const auto n_own = static_cast<std::size_t>(call.n_atoms - lists.n_ghosts);
    for (std::size_t frame = 0; frame < static_cast<std::size_t>(call.n_frames); ++frame)
        compute_frame(models, call, out, n_own, frame);
}

}  // namespace dpmd::deepmd
