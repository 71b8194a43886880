// Forces of a step that is queued on the backend and asks the host nothing.
#include "core/clock.hpp"
#include "engine/force_engine.hpp"

namespace dpmd {

void ForceEngine::put_forces(const ForceCall& call, StepState* state) {
    const std::int64_t start = nanoseconds();
    list_.judge(call.atoms, state);
    const bool on_host = backend_->memory().is_host();
    if (on_host && state->halt != Halt::none) return;
    list_.start_update(call.atoms, &state->cell);
    list_.finish_update();
    list_nanoseconds_ += nanoseconds() - start;
    evaluate(call, 0, call.outputs(), Part::all, true);
    backend_->close_forces({models_.totals_in_backend(0), state});
    if (on_host && state->halt != Halt::none) return;
    give_back(3, models_.forces(0), call.forces);
}

}  // namespace dpmd
