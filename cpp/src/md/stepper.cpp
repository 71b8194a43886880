#include "md/stepper.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "core/clock.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "md/motion.hpp"

namespace dpmd::md {

Stepper::Stepper(State& state, Forces& forces, std::unique_ptr<Integrator> integrator)
    : state_(state), forces_(forces), backend_(forces.engine().backend()), integrator_(std::move(integrator)) {
    integrator_->begin(state_);
}

void Stepper::prepare() {
    if (!failure_.empty()) throw InputError(concat("this simulation cannot go on: ", failure_));
    if (forces_are_current_) return;
    forces_.compute();
    forces_are_current_ = true;
}

std::int64_t Stepper::advance(std::int64_t most) {
    const std::int64_t start = state_.step, started = nanoseconds();
    try {
        forces_are_current_ = false;
        put_steps(batch_length(most));
        state_.pull();
        if (!is_alone()) pull_motion(state_);
        if (state_.halt != Halt::none) finish_step();
        forces_are_current_ = true;
    } catch (const InputError& error) {
        failure_ = concat("step ", state_.step, ": ", error.what());
        throw InputError(failure_);
    } catch (const std::exception& error) {
        failure_ = concat("step ", state_.step, ": ", error.what());
        throw;
    }
    adapt_batch(nanoseconds() - started);
    return state_.step - start;
}

/// Whether the total momentum is removed at this step.
bool Stepper::removes_momentum(std::int64_t step) const {
    return state_.zero_momentum && step % momentum_interval == 0;
}

/// How many steps to queue on the backend before the host checks: a tenth of a second's work, but not many more than
/// the neighbour list will last, because they would be wasted. A batch ends at a step that removes the momentum.
std::int64_t Stepper::batch_length(std::int64_t most) const {
    if (backend_.memory().is_host() || !is_alone()) return 1;
    const std::int64_t to_removal = momentum_interval - state_.step % momentum_interval;
    const std::int64_t while_valid = std::max<std::int64_t>(forces_.list_steps_left(), 2);
    return std::min({while_valid, most, longest_batch_, to_removal});
}

void Stepper::adapt_batch(std::int64_t nanoseconds) {
    constexpr std::int64_t wanted = 100'000'000, most_steps = 1000;  // ns
    if (nanoseconds < wanted / 2) longest_batch_ = std::min(2 * longest_batch_, most_steps);
    else if (nanoseconds > 2 * wanted) longest_batch_ = std::max<std::int64_t>(longest_batch_ / 2, 1);
}

/// Identical steps are recorded once, where a backend can; a step that removes the momentum is the last one.
void Stepper::put_steps(std::int64_t n) {
    const std::int64_t n_alike = removes_momentum(state_.step + n) ? n - 1 : n;
    backend_.repeat(static_cast<int>(n_alike), [this] { put_step(false); });
    if (n_alike < n) put_step(true);
}

void Stepper::put_step(bool removes_momentum) {
    md::put_step(*integrator_, backend_, state_, removes_momentum, [this] { return put_forces(); });
}

/// Returns whether the step goes on. Where the host sees the backend's state, it stops queueing after a halt. With
/// several ranks the host leads every step.
bool Stepper::put_forces() {
    if (!is_alone()) {
        pull_motion(state_);
        compute_forces_or_blame();
        return true;
    }
    forces_.put();
    return !backend_.memory().is_host() || state_.in_backend()->halt == Halt::none;
}

/// Completes a halted step with the help of the host.
void Stepper::finish_step() {
    if (state_.halt == Halt::atom_flown) pull_motion(state_);  // throws
    state_.halt = Halt::none;
    compute_forces_or_blame();
    end_step(*integrator_, backend_, state_, removes_momentum(state_.step));
    pull_motion(state_);
}

void Stepper::compute_forces_or_blame() {
    try {
        forces_.compute();
    } catch (const InputError& error) {
        throw InputError(concat(error.what(), "; the fastest ", describe_fastest(state_)));
    }
}

}  // namespace dpmd::md
