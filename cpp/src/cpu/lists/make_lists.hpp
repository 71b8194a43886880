#pragma once
// The verbs around the building of a neighbour list that need more than a turn for each item.
#include "backend/neighbors.hpp"

namespace dpmd::cpu {

void make_images(MakeImagesArgs& args, int n_threads);
void group_by_type(const GroupByTypeArgs& args, int n_threads);

}  // namespace dpmd::cpu
