#pragma once
// The lists of host codes on the CPU.
#include "backend/host_lists.hpp"

namespace dpmd::cpu {

void gather_host_lists(GatherHostListsArgs& args, int n_threads);
void order_neighbors(const OrderNeighborsArgs& args, int n_threads);

}  // namespace dpmd::cpu
