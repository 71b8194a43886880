// The atoms, ghosts and neighbour lists of a host code.
#include "capi/engine.hpp"
#include "capi/versioned.hpp"
#include "engine/make_engine.hpp"

namespace dpmd::capi {
namespace {

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
    to.listed_only = n.listed_only != 0;
    if (n.first_type != nullptr) {
        if (*n.first_type < 0) throw InputError(concat("first_type = ", *n.first_type, " is negative"));
        to.first_type = *n.first_type;
    }
    if (!engine.on_lists) engine.on_lists = make_host_list_engine(running_models(engine), engine.run_options);
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
    compute_within_sel(engine, [&] { on_lists.compute(call, engine.places); });
}

}  // namespace
}  // namespace dpmd::capi

using namespace dpmd;
using namespace dpmd::capi;

int dpmd_set_neighbors(dpmd_engine* engine, const dpmd_neighbors* neighbors) {
    return guarded([&] { set_neighbors(given(engine, "engine"), read(given(neighbors, "neighbors"))); });
}

int dpmd_compute_local(dpmd_engine* engine, const dpmd_local* local, dpmd_result* result) {
    return guarded(
        [&] { compute_local(given(engine, "engine"), read(given(local, "local")), read(given(result, "result"))); });
}
