#pragma once
// The inside of a Simulation: the state, what moves it and who watches it.
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
#include "md/gather.hpp"
#include "md/integrator.hpp"
#include "md/migration.hpp"
#include "md/observer.hpp"
#include "md/state.hpp"

namespace dpmd {

struct Simulation::Core {
    /// Velocities are taken as they are. InputError naming the argument that does not fit.
    Core(std::shared_ptr<const Potential> potential, const SimulationStart& start, const SimulationOptions& options,
         const RankOptions& ranks);

    /// InputError in a process that was forked from the one that made this: the files that it writes are that one's.
    void require_home() const;
    /// Forces, energy and virial of the positions now, if they are not known.
    void prepare();
    bool is_prepared() const { return forces_are_current_ && failure_.empty(); }
    /// To be called after velocities have changed by hand.
    void accept_velocities();
    /// Takes them for the atoms that are here. InputError when they cannot be: then all keep those that they had.
    void replace_velocities(std::span<const double> velocities);
    std::int64_t run(std::int64_t n_steps, const std::function<void()>& between_steps);
    /// InputError when the file is written by an observer already.
    void require_unused(const std::string& path) const;
    /// `paths`: the files that the observer writes.
    void watch(std::unique_ptr<md::Observer> observer, std::int64_t every, std::vector<std::string> paths);
    /// Checkpoints are written after all others have seen the step.
    void watch_last(std::unique_ptr<md::Observer> observer, std::int64_t every, std::vector<std::string> paths);
    md::Checkpoint checkpoint();
    void write_checkpoint(const std::string& path);
    RankReport rank_report() const;
    /// What the models behind the first say about the current step. Collective.
    std::vector<md::ModelForces> ask_other_models(std::size_t first, std::size_t n_models);
    /// Goes to where the checkpoint was written, with the neighbour list of then. `folder`: of its file.
    void recall(const md::Checkpoint& checkpoint, const std::string& folder);
    md::Scene scene() const {
        return {state, *integrator, options.timestep, potential->info().type_map, masses, options.run_id};
    }
    /// What is known of the run before; null for a fresh one.
    md::Resumption* resumption() { return resumption_ ? &*resumption_ : nullptr; }
    std::optional<std::int64_t> resumed_at() const {
        return resumption_ ? std::optional(resumption_->step) : std::nullopt;
    }
    const std::vector<std::string>& resume_notes() const;
    /// Until something of the run has been written, what it starts from makes its run_id, unless one was given.
    void identify_by(std::span<const std::byte> start);

    const HomeProcess home;
    const std::int64_t number;  // of the simulations that the ranks have made together
    std::shared_ptr<const Potential> potential;
    SimulationOptions options;
    std::vector<double> masses, fparam;
    std::unique_ptr<ForceEngine> engine;  // and its backend, in whose memory the state is
    md::State state;
    md::Migration migration;
    struct Gathered {
        md::GatheredRows<std::int32_t> types;
        md::GatheredRows<double> positions, velocities, forces;
    } gathered;  // what was shown last
    std::unique_ptr<md::Integrator> integrator;
    std::atomic<bool> stop_requested = false;
    double largest_force_deviation = std::numeric_limits<double>::quiet_NaN();  // of the last row, eV/Å

private:
    struct Watch {
        std::unique_ptr<md::Observer> observer;
        std::int64_t every;
        std::vector<std::string> paths;
        std::optional<std::int64_t> last_step;  // seen
    };

    ForceCall force_call();
    void set_atoms(ForceCall& call);
    void migrate();
    bool is_alone() const { return state.ranks->size() == 1; }
    bool must_stop();
    void compute_forces();
    void compute_forces_or_blame();
    void put_step(bool removes_momentum);
    void finish_step();
    bool removes_momentum(std::int64_t step) const;
    std::int64_t steps_ahead(std::int64_t most) const;
    std::int64_t steps_to_next_watch() const;
    std::int64_t advance(std::int64_t most);
    void show_all();
    void show(std::vector<Watch>& watches);

    std::optional<md::Resumption> resumption_;
    bool run_id_is_open_;  // nothing has been written under it
    std::int64_t list_step_ = 0,
                 list_interval_ = 1;  // when the list was built last, and how long the one before served
    std::int64_t batch_ = 4;          // steps that a device may be ahead of the host
    bool forces_are_current_ = false, is_running_ = false;
    std::string failure_;  // why this simulation cannot go on
    std::vector<Watch> watches_, last_watches_;
};

}  // namespace dpmd
