#include "md/simulation_core.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <limits>
#include <utility>

#include "core/clock.hpp"
#include "core/text.hpp"
#include "md/check_start.hpp"
#include "md/model_identity.hpp"
#include "md/motion.hpp"

namespace dpmd {
namespace {

/// An atom that moves farther in one step has flown away.
constexpr double longest_move = 1.0;  // Å

template <class T>
std::vector<T> to_vector(std::span<const T> values) {
    return {values.begin(), values.end()};
}

std::shared_ptr<const Potential> checked(std::shared_ptr<const Potential> potential, const SimulationStart& start,
                                         const SimulationOptions& options) {
    if (!potential) throw InputError("a simulation needs a potential");
    md::check_start(start, potential->info());
    md::check_options(options, start);
    return potential;
}

bool same_file(const std::string& a, const std::string& b) {
    const auto place = [](const std::string& path) { return std::filesystem::absolute(path).lexically_normal(); };
    return place(a) == place(b);
}

/// Up while it exists.
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

Simulation::Core::Core(std::shared_ptr<const Potential> given, const SimulationStart& start,
                       const SimulationOptions& chosen)
    : potential(checked(std::move(given), start, chosen)),
      options(chosen),
      masses(to_vector(start.masses)),
      fparam(to_vector(start.fparam)),
      aparam(to_vector(start.aparam)),
      engine(potential->make_engine(chosen.skin)),
      state({start.positions, start.types, start.velocities, start.masses, start.box}, engine->backend().memory()),
      device_aparam_(engine->backend().memory()) {
    device_aparam_.copy_in(aparam);
    state.zero_momentum = options.zero_momentum;
    state.degrees_of_freedom = md::degrees_of_freedom(options, state.n);
    state.speed_limit = longest_move / options.timestep;
    const md::IntegratorSetup setup{engine->backend(), options.timestep, options.seed, state.degrees_of_freedom};
    integrator =
        std::visit([&](const auto& ensemble) { return md::make_integrator(ensemble, setup); }, options.ensemble);
    integrator->begin(state);
}

void Simulation::Core::accept_velocities() {
    if (state.zero_momentum) md::remove_momentum(engine->backend(), state);
    else md::measure(engine->backend(), state);
    md::pull_motion(state);
}

ForceCall Simulation::Core::force_call() {
    ForceCall call;
    call.atoms = {state.n, state.positions.data(), state.types.data(), state.ids.data()};
    call.lattice = state.lattice;
    call.fparam = fparam;
    call.aparam = device_aparam_.span();
    call.same_types = true;
    call.overflow =
        potential->options().overflow == "keep_nearest" ? OverflowPolicy::keep_nearest : OverflowPolicy::error;
    call.forces = state.forces.data();
    return call;
}

/// The engine brings the neighbour list up to date, evaluates the tiles and returns the ghosts' forces.
void Simulation::Core::compute_forces() {
    const ForceTotals totals = engine->compute(force_call());
    state.energy = totals.energy;
    std::copy(totals.virial.begin(), totals.virial.end(), &state.virial.m[0][0]);
    state.push();
    if (!totals.rebuilt) return;
    list_interval_ = std::max<std::int64_t>(1, state.step - list_step_);
    list_step_ = state.step;
}

void Simulation::Core::prepare() {
    if (!failure_.empty()) throw InputError(concat("this simulation cannot go on: ", failure_));
    if (forces_are_current_) return;
    compute_forces();
    forces_are_current_ = true;
}

/// Puts one step on the backend. Where the host sees what the backend does, nothing is done in vain after a halt.
void Simulation::Core::put_step(bool removes_momentum) {
    const ForceCall call = force_call();
    md::put_step(*integrator, engine->backend(), state, removes_momentum, [&] {
        engine->put_forces(call, state.in_backend());
        return !engine->backend().memory().is_host() || state.in_backend()->halt == Halt::none;
    });
}

/// Whether the step after so many has its momentum taken away.
bool Simulation::Core::removes_momentum(std::int64_t step) const {
    return state.zero_momentum && step % md::momentum_interval == 0;
}

/// How many steps to put on the backend before the host looks: a tenth of a second's, but not many more than the
/// neighbour list will last, for they would be done in vain.
std::int64_t Simulation::Core::steps_ahead(std::int64_t most) const {
    if (engine->backend().memory().is_host()) return 1;
    const std::int64_t left = list_interval_ * 4 / 5 - (state.step - list_step_);
    return std::clamp<std::int64_t>(std::max<std::int64_t>(left, 2), 1, std::min(most, batch_));
}

/// Ends the step that came to a halt, with the host's help.
void Simulation::Core::finish_step() {
    if (state.halt == Halt::atom_flown) md::pull_motion(state);  // throws
    state.halt = Halt::none;
    try {
        compute_forces();
    } catch (const InputError& error) {
        throw InputError(concat(error.what(), "; the fastest ", md::describe_fastest(state)));
    }
    integrator->after_forces(state);
    if (removes_momentum(state.step)) md::remove_momentum(engine->backend(), state);
    else md::measure(engine->backend(), state);
    md::pull_motion(state);
}

/// Up to `most` steps; returns how many were done.
std::int64_t Simulation::Core::advance(std::int64_t most) {
    const std::int64_t start = state.step, started = nanoseconds();
    const std::int64_t to_removal = md::momentum_interval - start % md::momentum_interval;
    const std::int64_t n = std::min(steps_ahead(most), to_removal);
    const std::int64_t n_alike = removes_momentum(start + n) ? n - 1 : n;
    try {
        forces_are_current_ = false;
        engine->backend().repeat(static_cast<int>(n_alike), [this] { put_step(false); });
        if (n_alike < n) put_step(true);
        state.pull();
        if (state.halt != Halt::none) finish_step();
        forces_are_current_ = true;
    } catch (const InputError& error) {
        failure_ = concat("step ", state.step, ": ", error.what());
        throw InputError(failure_);
    } catch (const std::exception& error) {
        failure_ = concat("step ", state.step, ": ", error.what());
        throw;
    }
    constexpr std::int64_t wanted = 100'000'000, longest_batch = 1000;  // ns
    const std::int64_t taken = nanoseconds() - started;
    if (taken < wanted / 2) batch_ = std::min(2 * batch_, longest_batch);
    else if (taken > 2 * wanted) batch_ = std::max<std::int64_t>(batch_ / 2, 1);
    return state.step - start;
}

/// Steps until somebody wants to look.
std::int64_t Simulation::Core::steps_to_next_watch() const {
    std::int64_t next = std::numeric_limits<std::int64_t>::max();
    for (const auto* watches : {&watches_, &last_watches_})
        for (const Watch& watch : *watches) next = std::min(next, watch.every - state.step % watch.every);
    return next;
}

void Simulation::Core::show(std::vector<Watch>& watches) {
    for (std::size_t k = 0; k < watches.size(); ++k) {  // an observer may add another, so no references are kept
        if (state.step % watches[k].every != 0 || watches[k].last_step == state.step) continue;
        const auto seen_before = std::exchange(watches[k].last_step, state.step);
        try {
            watches[k].observer->observe(scene());
        } catch (...) {
            if (watches[k].observer->may_repeat()) watches[k].last_step = seen_before;
            throw;
        }
    }
}

void Simulation::Core::show_all() {
    show(watches_);
    show(last_watches_);
}

std::int64_t Simulation::Core::run(std::int64_t n_steps, const std::function<void()>& between_steps) {
    if (n_steps < 0) throw InputError(concat("n_steps = ", n_steps, " must be zero or more"));
    if (is_running_) throw InputError("this simulation is running; a callback must not run it again");
    const Flag running(is_running_);
    prepare();
    show_all();
    std::int64_t done = 0;
    while (done < n_steps && !stop_requested) {
        done += advance(std::min(n_steps - done, steps_to_next_watch()));
        show_all();
        if (between_steps) between_steps();
    }
    stop_requested = false;
    return done;
}

void Simulation::Core::require_unused(const std::string& path) const {
    if (path.empty()) throw InputError("an output file needs a name");
    for (const auto* watches : {&watches_, &last_watches_})
        for (const Watch& watch : *watches)
            if (!watch.path.empty() && same_file(watch.path, path))
                throw InputError(
                    concat(path, ": is already written by this simulation; give each output its own file"));
}

void Simulation::Core::watch(std::unique_ptr<md::Observer> observer, std::int64_t every, const std::string& path) {
    const auto seen = observer->last_step();
    watches_.push_back({std::move(observer), every, path, seen});
}

void Simulation::Core::watch_last(std::unique_ptr<md::Observer> observer, std::int64_t every, const std::string& path) {
    const auto seen = observer->last_step();
    last_watches_.push_back({std::move(observer), every, path, seen});
}

md::Checkpoint Simulation::Core::checkpoint() {
    prepare();
    const Lattice& list_lattice = engine->list().reference_lattice();
    md::Checkpoint c;
    c.type_map = potential->info().type_map;
    c.model_file = md::model_source(potential->info(), "file");
    c.model_sha256 = md::model_source(potential->info(), "sha256");
    c.model_form = md::model_form(*potential);
    c.options = options;
    c.step = state.step;
    c.energy = state.energy;
    c.box = state.box;
    const std::span<const std::int32_t> types = state.types.on_host();
    c.types.assign(types.begin(), types.end());
    c.masses = masses;
    c.positions = to_vector(state.positions.on_host());
    c.velocities = to_vector(state.velocities.on_host());
    c.list_positions = engine->list().reference_positions();
    c.list_box.periodic = list_lattice.periodic;
    std::copy_n(&list_lattice.cell.m[0][0], 9, c.list_box.cell.begin());
    c.ensemble_memory = integrator->memory(state);
    c.fparam = fparam;
    c.aparam = aparam;
    return c;
}

void Simulation::Core::write_checkpoint(const std::string& path) {
    const md::Checkpoint content = checkpoint();
    for (Watch& watch : watches_) watch.observer->sync();  // what came before the checkpoint must not be lost after it
    md::write_checkpoint(content, path);
}

void Simulation::Core::recall(const md::Checkpoint& checkpoint) {
    const std::size_t n_variables = integrator->memory(state).size();
    if (n_variables != checkpoint.ensemble_memory.size())
        throw InputError(concat("the checkpoint holds ", checkpoint.ensemble_memory.size(),
                                " variables of the ensemble, not ", n_variables));
    state.step = checkpoint.step;
    state.push();
    integrator->recall(state, checkpoint.ensemble_memory);
    resumed_at = checkpoint.step;
    md::measure(engine->backend(), state);
    md::pull_motion(state);
    Array<double> list_positions(engine->backend().memory());
    list_positions.copy_in(checkpoint.list_positions);
    engine->build_list_at({state.n, list_positions.data(), state.types.data(), state.ids.data()},
                          Lattice(checkpoint.list_box));
    prepare();
}

}  // namespace dpmd
