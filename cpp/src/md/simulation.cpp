#include "dpmd/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "comm/collective_call.hpp"
#include "comm/together.hpp"
#include "core/checksum.hpp"
#include "core/text.hpp"
#include "io/regular_file.hpp"
#include "md/check_start.hpp"
#include "md/checkpoint.hpp"
#include "md/closest_pair.hpp"
#include "md/describe_ensemble.hpp"
#include "md/model_identity.hpp"
#include "md/simulation_core.hpp"
#include "md/thermo.hpp"
#include "md/velocities.hpp"

namespace dpmd {
namespace {

/// A forked process can read host memory, but not that of a device.
template <class CoreOfSimulation>
void require_sight(const CoreOfSimulation& core) {
    if (!core.engine().backend().memory().is_host()) core.require_home();
}

/// Marks a call that all ranks make on a simulation together.
template <class CoreOfSimulation, class... Parts>
CollectiveCall call_together(const CoreOfSimulation& core, const Parts&... call) {
    require_sight(core);
    Communicator& ranks = *core.state().ranks;
    return {ranks, call_text(ranks, call..., " of simulation ", core.number())};
}

template <class MakeCore>
auto make_together(const RankOptions& ranks, const char* call, const std::string& path, const MakeCore& make) {
    if (!ranks.communicator) throw InputError("a simulation needs a communicator; make_single_rank() is one");
    const auto& [a, b, c] = ranks.grid;
    const CollectiveCall together(*ranks.communicator,
                                  call_text(*ranks.communicator, call, path, ", grid ", a, " x ", b, " x ", c,
                                            ", most_imbalance ", ranks.most_imbalance));
    return make();
}

std::uint64_t checksum_of(std::span<const double> values) {
    Checksum checksum;
    checksum.add(std::as_bytes(values));
    return checksum.value();
}

void check_every(std::int64_t every, const char* what) {
    if (every < 1) throw InputError(concat("every = ", every, " of ", what, " must be 1 or more"));
}

}  // namespace

Simulation::Simulation(std::unique_ptr<Core> core) : core_(std::move(core)) {}

Simulation::Simulation(std::shared_ptr<const Potential> potential, const SimulationStart& start,
                       const SimulationOptions& options, const RankOptions& ranks)
    : core_(make_together(ranks, "makes a simulation", "", [&] {
          auto core = std::make_unique<Core>(std::move(potential), start, options, ranks);
          md::accept_velocities(core->engine().backend(), core->state());
          return core;
      })) {}

Simulation::~Simulation() = default;
Simulation::Simulation(Simulation&&) noexcept = default;
Simulation& Simulation::operator=(Simulation&&) noexcept = default;

Simulation Simulation::resume(const std::string& path, std::shared_ptr<const Potential> potential,
                              const std::optional<Ensemble>& expected, const RankOptions& ranks,
                              const std::optional<std::int64_t>& expected_run) {
    return Simulation(make_together(ranks, "resumes the simulation of ", path, [&] {
        md::Checkpoint c;
        together(*ranks.communicator, [&] {
            if (!potential) throw InputError("a simulation needs a potential");
            c = md::read_checkpoint(path);
            md::check_same_model(c, *potential, path);
            if (expected && *expected != c.options.ensemble)
                throw InputError(concat(path, ": was written with the ensemble ", md::describe(c.options.ensemble),
                                        ", not with ", md::describe(*expected),
                                        "; to change it start a new simulation from the atoms"));
            if (expected_run && *expected_run != c.options.run_id)
                throw InputError(concat(path, ": is of run ", c.options.run_id, ", not of run ", *expected_run,
                                        "; put the checkpoint of this run there, or start it anew"));
        });
        const std::vector<std::int32_t> types(c.types.begin(), c.types.end()), fixed(c.fixed.begin(), c.fixed.end());
        auto core = std::make_unique<Core>(
            std::move(potential),
            SimulationStart{c.positions, types, c.velocities, c.masses, c.box, c.fparam, c.aparam, fixed}, c.options,
            ranks);
        core->recall(c, md::folder_of(path));
        md::check_same_energy(c, core->potential(), core->state().energy, path);
        return core;
    }));
}

void Simulation::initialize_velocities(double temperature, std::uint64_t seed, bool exact) {
    const CollectiveCall call =
        call_together(*core_, "initialize_velocities(", temperature, ", seed=", seed, ", exact=", exact, ")");
    if (!(temperature >= 0) || !std::isfinite(temperature))
        throw InputError(concat("temperature = ", temperature, " K must be zero or more"));
    md::draw_velocities(core_->engine().backend(), core_->state(), temperature, seed, exact);
    const std::array<double, 2> drawn{temperature, exact ? 1.0 : 0.0};
    core_->identify_by(std::as_bytes(std::span(drawn)));
    core_->identify_by(std::as_bytes(std::span(&seed, 1)));
}

void Simulation::set_velocities(std::span<const double> velocities) {
    md::State& state = core_->state();
    const std::size_t wanted = 3 * std::size_t(state.n_total);
    if (velocities.size() != wanted)
        throw InputError(
            concat("velocities has ", velocities.size(), " values; ", wanted, " are needed, three per atom"));
    md::check_at_rest(state.fixed, velocities);
    const CollectiveCall call = call_together(*core_, "set_velocities() with checksum ", checksum_of(velocities));
    md::replace_velocities(core_->engine().backend(), state, velocities);
    core_->identify_by(std::as_bytes(velocities));
}

void Simulation::thermo_log(const std::string& path, std::int64_t every) {
    const CollectiveCall call = call_together(*core_, "thermo_log(", path, ", ", every, ")");
    check_every(every, "the thermo log");
    core_->require_unused({path});
    core_->watchers().add(md::make_thermo_log(path, core_->scene(), core_->resumption()), every, {path});
}

void Simulation::trajectory(const TrajectoryOptions& options) {
    const CollectiveCall call =
        call_together(*core_, "trajectory(", options.path, ", ", options.every, ", ", options.format, ")",
                      options.velocities ? " velocities" : "", options.forces ? " forces" : "",
                      options.virial ? " virial" : "", options.time ? " time" : "");
    check_every(options.every, "the trajectory");
    core_->require_unused({options.path});
    auto writer = md::make_trajectory(options, core_->scene(), core_->resumption());
    core_->watchers().add(std::move(writer), options.every, {options.path});
}

void Simulation::deviation(const DeviationOptions& options) {
    const CollectiveCall call =
        call_together(*core_, "deviation(", options.path, ", ", options.every, ") of ", options.models.size(),
                      " models, selected=", options.selected, ", ", options.lower, " to ", options.upper, " eV/A");
    check_every(options.every, "the deviation");
    if (options.models.empty()) throw InputError("a deviation needs another model besides the simulation's");
    std::vector<std::string> paths{options.path};
    if (!options.selected.empty()) paths.push_back(options.selected);
    if (options.selected == options.path) throw InputError(concat(options.path, ": give each output its own file"));
    core_->require_unused(paths);
    Core& core = *core_;
    const std::size_t first = core.engine().n_models(), n_models = options.models.size();
    const auto ask = [&core, first, n_models] { return core.forces().of_other_models(first, n_models); };
    for (const Model& model : options.models) core.engine().add_model(model.runnable());
    auto log =
        md::make_deviation_log(options, ask, core.shown.largest_force_deviation, core.scene(), core.resumption());
    core.watchers().add(std::move(log), options.every, paths);
}

void Simulation::checkpoint(const std::string& path, std::int64_t every) {
    const CollectiveCall call = call_together(*core_, "checkpoint(", path, ", ", every, ")");
    check_every(every, "the checkpoint");
    core_->require_unused({path});
    require_regular_or_new(path);
    const auto write = [core = core_.get(), path] { core->write_checkpoint(path); };
    core_->watchers().add_last(md::make_checkpoint_writer(write, core_->state().step), every, {path});
}

void Simulation::callback(std::function<void()> function, std::int64_t every) {
    const CollectiveCall call = call_together(*core_, "callback(", every, ")");
    check_every(every, "the callback");
    core_->watchers().add(md::make_callback(std::move(function), core_->resumption()), every, {});
}

std::int64_t Simulation::run(std::int64_t n_steps, const std::function<void()>& between_steps) {
    const CollectiveCall call = call_together(*core_, "run(", n_steps, ")");
    return core_->run(n_steps, between_steps);
}
void Simulation::request_stop() noexcept { core_->request_stop(); }

std::int64_t Simulation::step() const { return core_->state().step; }
double Simulation::time() const { return static_cast<double>(core_->state().step) * core_->options().timestep; }
const SimulationOptions& Simulation::options() const { return core_->options(); }
std::int64_t Simulation::run_id() const { return core_->options().run_id; }
const std::vector<std::string>& Simulation::resume_notes() const {
    static const std::vector<std::string> none;
    return core_->resumption() != nullptr ? core_->resumption()->notes : none;
}
std::int32_t Simulation::n_atoms() const { return static_cast<std::int32_t>(core_->state().n_total); }
std::span<const std::int32_t> Simulation::types() const {
    const CollectiveCall call = call_together(*core_, "types");
    return (core_->shown.types = md::Gather(core_->state()).everywhere(core_->state().types)).rows;
}
std::span<const double> Simulation::positions() const {
    const CollectiveCall call = call_together(*core_, "positions");
    return (core_->shown.positions = md::Gather(core_->state()).everywhere(core_->state().positions)).rows;
}
std::span<const double> Simulation::velocities() const {
    const CollectiveCall call = call_together(*core_, "velocities");
    return (core_->shown.velocities = md::Gather(core_->state()).everywhere(core_->state().velocities)).rows;
}
std::span<const double> Simulation::forces() {
    const CollectiveCall call = call_together(*core_, "forces");
    core_->stepper().prepare();
    return (core_->shown.forces = md::Gather(core_->state()).everywhere(core_->state().forces)).rows;
}
std::span<const double> Simulation::masses() const { return core_->masses(); }
std::span<const std::int32_t> Simulation::fixed() const { return core_->state().fixed; }
const Box& Simulation::box() const { return core_->state().box; }
int Simulation::degrees_of_freedom() const { return core_->state().degrees_of_freedom; }
Thermo Simulation::thermo() {
    require_sight(*core_);
    md::Stepper& stepper = core_->stepper();
    if (!stepper.is_prepared()) {
        const CollectiveCall call = call_together(*core_, "thermo()");
        stepper.prepare();
    }
    return md::thermo_of(core_->state(), stepper.integrator(), core_->options().timestep);
}
std::optional<ClosestPair> Simulation::closest_pair(double within) const {
    const CollectiveCall call = call_together(*core_, "closest_pair(", within, ")");
    return md::closest_pair(core_->state(), within, core_->potential().n_threads());
}
double Simulation::largest_force_deviation() const { return core_->shown.largest_force_deviation; }
std::int64_t Simulation::n_fallback() const { return core_->engine().n_fallback(); }
std::vector<StageTime> Simulation::stage_times() const { return core_->engine().stage_times(); }
std::size_t Simulation::engine_bytes() const { return core_->engine().bytes(); }
std::size_t Simulation::model_bytes() const { return core_->engine().model_bytes(); }
std::int64_t Simulation::n_list_builds() const { return core_->engine().list().n_builds(); }
RankReport Simulation::rank_report() const { return core_->rank_report(); }
void Simulation::write_checkpoint(const std::string& path) {
    const CollectiveCall call = call_together(*core_, "write_checkpoint(", path, ")");
    core_->write_checkpoint(path);
}

CheckpointSummary summarize_checkpoint(const std::string& path) {
    md::Checkpoint c = md::read_checkpoint(path);
    const auto n_atoms = static_cast<std::int64_t>(c.types.size());
    return {c.step, c.options, n_atoms, std::move(c.model_sha256), std::move(c.model_form), std::move(c.files)};
}

}  // namespace dpmd
