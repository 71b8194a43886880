#pragma once
// The verbs for building a neighbour list that are more than a function of each item.
#include "backend/neighbors.hpp"

namespace dpmd::cpu {

void make_images(MakeImagesArgs& args, int n_threads);
void group_by_type(const GroupByTypeArgs& args, int n_threads);

}  // namespace dpmd::cpu
