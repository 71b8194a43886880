#pragma once
// The implementation of a Simulation: puts together the state, what moves it and what observes it.
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/fork.hpp"
#include "dpmd/simulation.hpp"
#include "engine/force_engine.hpp"
#include "md/checkpoint.hpp"
#include "md/forces.hpp"
#include "md/gather.hpp"
#include "md/observer.hpp"
#include "md/output_files.hpp"
#include "md/state.hpp"
#include "md/stepper.hpp"
#include "md/watchers.hpp"

namespace dpmd {

class Simulation::Core {
public:
    /// Velocities are taken as they are. Throws InputError, which names the argument that does not fit.
    Core(std::shared_ptr<const Potential> potential, const SimulationStart& start, const SimulationOptions& options,
         const RankOptions& ranks);

    /// Throws InputError in a process that was forked from the one that made this, which owns the files being written.
    void require_home() const;
    /// Throws InputError unless a new observer may write these files.
    void require_unused(const std::vector<std::string>& paths) const;
    std::int64_t run(std::int64_t n_steps, const std::function<void()>& between_steps);
    void request_stop() noexcept { stop_requested_ = true; }
    void write_checkpoint(const std::string& path);
    /// Goes to the step of the checkpoint, with the neighbour list that the run had there. `folder` is that of its
    /// file.
    void recall(const md::Checkpoint& checkpoint, const std::string& folder);
    /// Includes `start` in the run_id, unless the run_id was given or something has been written already.
    void identify_by(std::span<const std::byte> start);
    RankReport rank_report() const;

    md::Scene scene() const {
        return {state_,  stepper_.integrator(), options_.timestep, potential_->info().type_map,
                masses_, options_.run_id};
    }
    /// What is known about the previous run; null in a fresh run.
    md::Resumption* resumption() { return resumption_ ? &*resumption_ : nullptr; }

    std::int64_t number() const { return number_; }
    const Potential& potential() const { return *potential_; }
    const SimulationOptions& options() const { return options_; }
    std::span<const double> masses() const { return masses_; }
    ForceEngine& engine() const { return *engine_; }
    md::State& state() { return state_; }
    const md::State& state() const { return state_; }
    md::Forces& forces() { return forces_; }
    md::Stepper& stepper() { return stepper_; }
    md::Watchers& watchers() { return watchers_; }

    /// The arrays that the caller was shown last.
    struct Shown {
        md::GatheredRows<std::int32_t> types;
        md::GatheredRows<double> positions, velocities, forces;
        double largest_force_deviation = std::numeric_limits<double>::quiet_NaN();  // in the last row, eV/Å
    } shown;

private:
    md::Checkpoint checkpoint();
    void show_step();
    bool must_stop();

    const HomeProcess home_;
    const std::int64_t number_;  // counts the simulations that the ranks have made together
    std::shared_ptr<const Potential> potential_;
    SimulationOptions options_;
    std::vector<double> masses_;
    std::unique_ptr<ForceEngine> engine_;  // has the backend whose memory holds the state
    md::State state_;
    md::Forces forces_;
    md::Stepper stepper_;
    md::Watchers watchers_;
    std::optional<md::Resumption> resumption_;
    bool run_id_is_open_;  // nothing has been written with it
    bool is_running_ = false;
    std::atomic<bool> stop_requested_ = false;
};

}  // namespace dpmd
