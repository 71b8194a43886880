#pragma once
// The CPU's evaluator of local models.
#include <memory>

#include "backend/evaluator.hpp"
#include "cpu/local/tile_args.hpp"

namespace dpmd::cpu {

/// Throws InputError unless the evaluator runs the model in its precision.
void require_model(const RunnableModel& model);

std::unique_ptr<Evaluator> make_local_evaluator(const TileKernels& kernels, int n_threads);

}  // namespace dpmd::cpu
