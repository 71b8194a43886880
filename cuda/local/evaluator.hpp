#pragma once
// The GPU's evaluator of local models.
#include <memory>

#include "backend/evaluator.hpp"
#include "core/memory.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

/// Throws InputError unless the evaluator runs the model.
void require_model(const Queue& queue, const RunnableModel& model);

std::unique_ptr<Evaluator> make_local_evaluator(Queue& queue, Memory& memory);

}  // namespace dpmd::gpu
