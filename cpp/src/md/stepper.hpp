#pragma once
// Takes a State from step to step: an integrator and forces, queued on the backend in batches.
#include <cstdint>
#include <memory>
#include <string>

#include "md/forces.hpp"
#include "md/integrator.hpp"
#include "md/state.hpp"

namespace dpmd::md {

class Stepper {
public:
    Stepper(State& state, Forces& forces, std::unique_ptr<Integrator> integrator);

    /// Computes forces, energy and virial of the positions if they are not known. Throws InputError when a step has
    /// failed.
    void prepare();
    bool is_prepared() const { return forces_are_current_ && failure_.empty(); }
    /// Does at least one step and at most `most`; returns how many. Throws InputError, which names the step that
    /// failed: the state is then not that of a whole step, and no more steps can be done.
    std::int64_t advance(std::int64_t most);

    Integrator& integrator() const { return *integrator_; }

private:
    bool is_alone() const { return state_.ranks->size() == 1; }
    bool removes_momentum(std::int64_t step) const;
    std::int64_t batch_length(std::int64_t most) const;
    void adapt_batch(std::int64_t nanoseconds);
    void put_steps(std::int64_t n);
    void put_step(bool removes_momentum);
    bool put_forces();
    void finish_step();
    void compute_forces_or_blame();

    State& state_;
    Forces& forces_;
    Backend& backend_;
    std::unique_ptr<Integrator> integrator_;
    std::int64_t longest_batch_ = 4;  // steps that a device may be ahead of the host
    bool forces_are_current_ = false;
    std::string failure_;  // why no more steps can be done; empty while they can
};

}  // namespace dpmd::md
