#include "md/simulation_core.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "comm/collective_call.hpp"
#include "comm/together.hpp"
#include "core/text.hpp"
#include "engine/make_engine.hpp"
#include "md/check_start.hpp"
#include "md/model_identity.hpp"
#include "md/run_identity.hpp"
#include "md/snapshot.hpp"

namespace dpmd {
namespace {

/// An atom that moves farther in one step has flown away.
constexpr double longest_move = 1.0;  // Å

std::shared_ptr<const Potential> checked(std::shared_ptr<const Potential> potential, const SimulationStart& start,
                                         const SimulationOptions& options, const RankOptions& ranks) {
    md::check_together(potential.get(), start, options, ranks);
    return potential;
}

/// Puts the options about motion into the state, and makes the integrator for both.
std::unique_ptr<md::Integrator> make_integrator(const SimulationOptions& options, Backend& backend, md::State& state) {
    state.zero_momentum = options.zero_momentum && state.fixed.empty();
    state.degrees_of_freedom = md::degrees_of_freedom(options, state.n_total, std::int64_t(state.fixed.size()));
    state.speed_limit = longest_move / options.timestep;
    const md::IntegratorSetup setup{backend, options.timestep, options.seed, state.degrees_of_freedom};
    return std::visit([&](const auto& ensemble) { return md::make_integrator(ensemble, setup); }, options.ensemble);
}

/// Sets a flag while it exists.
class Flag {
public:
    explicit Flag(bool& flag) : flag_(flag) { flag_ = true; }
    ~Flag() { flag_ = false; }
    Flag(const Flag&) = delete;
    Flag& operator=(const Flag&) = delete;

private:
    bool& flag_;
};

}  // namespace

Simulation::Core::Core(std::shared_ptr<const Potential> potential, const SimulationStart& start,
                       const SimulationOptions& options, const RankOptions& ranks)
    : number_(++ranks.communicator->call_order().n_simulations),
      potential_(checked(std::move(potential), start, options, ranks)),
      options_(options),
      masses_(start.masses.begin(), start.masses.end()),
      engine_(make_engine(*potential_, options.skin, ranks.communicator)),
      state_({start.positions, start.types, start.velocities, start.masses, start.box, start.aparam, start.fixed},
             engine_->backend().memory(), ranks.communicator),
      forces_(*engine_, state_, md::Migration(ranks, potential_->info().cutoff + options.skin),
              {start.fparam.begin(), start.fparam.end()}),
      stepper_(state_, forces_, make_integrator(options, engine_->backend(), state_)),
      run_id_is_open_(options.run_id == 0) {
    if (run_id_is_open_) options_.run_id = md::run_id_from(md::hash_of(*potential_, start, options));
}

void Simulation::Core::require_home() const {
    if (!home_.is_here())
        throw InputError(
            "this process was forked from the one that made the simulation, which belongs there: make "
            "another one here, from atoms or by resume(), with files of its own");
}

void Simulation::Core::require_unused(const std::vector<std::string>& paths) const {
    require_home();
    for (const std::string& path : paths) watchers_.require_unused(path);
}

std::int64_t Simulation::Core::run(std::int64_t n_steps, const std::function<void()>& between_steps) {
    if (n_steps < 0) throw InputError(concat("n_steps = ", n_steps, " must be zero or more"));
    if (is_running_)
        throw InputError(
            "this simulation is running; a callback or another thread must not run it again before it ends");
    require_home();
    const Flag running(is_running_);
    const Communicator::Use use(*state_.ranks);
    stepper_.prepare();
    show_step();
    std::int64_t done = 0;
    std::exception_ptr failure;  // from this rank's caller: first the run ends on all ranks
    while (done < n_steps && !must_stop()) {
        done += stepper_.advance(std::min(n_steps - done, watchers_.steps_to_next(state_.step)));
        show_step();
        if (!between_steps) continue;
        try {
            between_steps();
        } catch (...) {
            failure = std::current_exception();
            stop_requested_ = true;
        }
    }
    stop_requested_ = false;
    if (failure) std::rethrow_exception(failure);
    return done;
}

void Simulation::Core::show_step() {
    run_id_is_open_ = false;
    watchers_.show(scene());
}

/// Whether a stop was requested on any rank.
bool Simulation::Core::must_stop() {
    double wanted = stop_requested_ ? 1 : 0;
    state_.ranks->max({&wanted, 1});
    return wanted > 0;
}

md::Checkpoint Simulation::Core::checkpoint() {
    stepper_.prepare();
    run_id_is_open_ = false;
    md::Checkpoint c;
    c.type_map = potential_->info().type_map;
    c.model_file = md::model_source(potential_->info(), "file");
    c.model_sha256 = md::model_source(potential_->info(), "sha256");
    c.model_form = md::model_form(*potential_);
    c.options = options_;
    c.masses = masses_;
    md::take_snapshot(state_, stepper_.integrator(), forces_, c);
    return c;
}

void Simulation::Core::write_checkpoint(const std::string& path) {
    require_home();
    md::Checkpoint content = checkpoint();
    together(*state_.ranks, [&] {
        content.files = md::seen_from(path, watchers_.sync());  // earlier output must be on disk before the checkpoint
        if (state_.is_first()) md::write_checkpoint(content, path);
    });
}

void Simulation::Core::recall(const md::Checkpoint& checkpoint, const std::string& folder) {
    md::recall_snapshot(checkpoint, state_, stepper_.integrator(), forces_);
    resumption_ = {checkpoint.step, folder, checkpoint.files, {}};
    stepper_.prepare();
}

void Simulation::Core::identify_by(std::span<const std::byte> start) {
    if (run_id_is_open_) options_.run_id = md::run_id_with(options_.run_id, start);
}

RankReport Simulation::Core::rank_report() const {
    const md::Migration& migration = forces_.migration();
    const HaloCounts halo = engine_->list().halo_counts();
    RankReport out;
    out.rank = state_.ranks->rank();
    out.n_ranks = state_.ranks->size();
    out.grid = migration.decomposition().grid();
    out.imbalance = migration.imbalance();
    out.n_owned = state_.n;
    out.n_ghosts = halo.n_local + halo.n_remote;
    out.n_remote_ghosts = halo.n_remote;
    out.n_sent = halo.n_sent;
    out.n_peers = halo.n_peers;
    out.n_migrated = migration.n_migrated();
    out.migration_seconds = 1e-9 * double(migration.nanoseconds());
    return out;
}

}  // namespace dpmd
