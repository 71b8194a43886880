#pragma once
// The CPU's evaluator of local models.
#include <memory>

#include "backend/evaluator.hpp"
#include "cpu/local/tile_args.hpp"

namespace dpmd::cpu {

/// Throws InputError for precisions that need the matrix units of a GPU.
void require_precision(Precision precision);

std::unique_ptr<Evaluator> make_local_evaluator(const TileKernels& kernels, int n_threads);

}  // namespace dpmd::cpu
