#include "neighbor/atom_groups.hpp"

namespace dpmd {

AtomGroups::AtomGroups(Backend& backend)
    : backend_(backend), all_(backend.memory()), inner_(backend.memory()), outer_(backend.memory()) {}

void AtomGroups::group(std::int32_t n, const std::int32_t* types, int n_types) {
    n_ = n;
    n_types_ = n_types;
    fill(all_, types);
}

void AtomGroups::separate(const std::int32_t* types, const NeighborListView& neighbors, std::int32_t first_remote) {
    inner_.types.resize_with_slack(std::size_t(n_));
    outer_.types.resize_with_slack(std::size_t(n_));
    backend_.separate_atoms(
        {n_, first_remote, neighbors.first, neighbors.index, types, inner_.types.data(), outer_.types.data()});
    fill(inner_, inner_.types.data());
    fill(outer_, outer_.types.data());
}

void AtomGroups::fill(Group& group, const std::int32_t* types) {
    group.by_type.resize_with_slack(std::size_t(n_));
    group.type_first.resize_discard(std::size_t(n_types_) + 1);
    backend_.group_by_type({n_, n_types_, types, group.by_type.data(), group.type_first.data()});
}

std::size_t AtomGroups::bytes() const {
    std::size_t bytes = 0;
    for (const Group* group : {&all_, &inner_, &outer_})
        bytes += group->types.bytes() + group->by_type.bytes() + group->type_first.bytes();
    return bytes;
}

}  // namespace dpmd
