#include "md/simulation_core.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "comm/collective_call.hpp"
#include "comm/together.hpp"
#include "core/checksum.hpp"
#include "core/clock.hpp"
#include "core/text.hpp"
#include "engine/make_engine.hpp"
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

void check_grid(const RankOptions& ranks) {
    const auto& [a, b, c] = ranks.grid;
    if (a == 0 && b == 0 && c == 0) return;
    if (a < 1 || b < 1 || c < 1 || std::int64_t(a) * b * c != ranks.communicator->size())
        throw InputError(concat("grid = ", a, " x ", b, " x ", c, " does not make ", ranks.communicator->size(),
                                " bricks, one per rank"));
}

std::uint64_t hash_of(const Potential& potential, const SimulationStart& start, const SimulationOptions& options) {
    Checksum checksum;
    checksum.add(std::as_bytes(start.positions));
    checksum.add(std::as_bytes(start.types));
    checksum.add(std::as_bytes(start.velocities));
    checksum.add(std::as_bytes(start.masses));
    checksum.add(std::as_bytes(start.fparam));
    checksum.add(std::as_bytes(start.aparam));
    checksum.add(std::as_bytes(start.fixed));
    checksum.add(std::as_bytes(std::span(start.box.cell)));
    checksum.add(std::as_bytes(std::span(start.box.periodic)));
    const std::string rest = concat(md::model_form(potential), md::describe(options.ensemble), " ", options.timestep,
                                    " ", options.skin, " ", options.seed, " ", options.zero_momentum, " ",
                                    options.run_id, " ", md::model_source(potential.info(), "sha256"));
    checksum.add(std::as_bytes(std::span(rest)));
    return checksum.value();
}

/// Ranks that simulate different systems would do so without a word.
void check_alike(Communicator& ranks, std::uint64_t mine) {
    if (ranks.size() == 1) return;
    std::vector<std::uint64_t> all(std::size_t(ranks.size()));
    ranks.all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(all)));
    for (std::size_t r = 1; r < all.size(); ++r)
        if (all[r] != all[0])
            throw InputError(concat("rank ", r,
                                    " was given other atoms, options or another form of the model than "
                                    "rank 0; all ranks must start from the same"));
}

std::shared_ptr<const Potential> checked(std::shared_ptr<const Potential> potential, const SimulationStart& start,
                                         const SimulationOptions& options, const RankOptions& ranks) {
    std::uint64_t hash = 0;
    together(*ranks.communicator, [&] {
        if (!potential) throw InputError("a simulation needs a potential");
        md::check_start(start, potential->info());
        md::check_options(options, start);
        if (!(ranks.most_imbalance >= 1))
            throw InputError(concat("most_imbalance = ", ranks.most_imbalance, " must be 1 or more"));
        check_grid(ranks);
        if (ranks.communicator->size() > 1) hash = hash_of(*potential, start, options);
    });
    check_alike(*ranks.communicator, hash);
    return potential;
}

/// Where a file is, or would be made; a link leads to it.
std::filesystem::path place_of(const std::string& path) {
    std::error_code unknown;
    const auto full = std::filesystem::absolute(path);
    const auto leads_to = std::filesystem::read_symlink(full, unknown);
    const auto file = unknown ? full : full.parent_path() / leads_to;
    const auto place = std::filesystem::weakly_canonical(file, unknown);
    return unknown ? file.lexically_normal() : place;
}

bool same_file(const std::string& a, const std::string& b) {
    std::error_code unknown;  // for files that are still to be made
    return std::filesystem::equivalent(a, b, unknown) || place_of(a) == place_of(b);
}

/// From 1 to 2^52: exact in every program that reads numbers, and not 0.
std::int64_t run_id_from(std::uint64_t hash) { return static_cast<std::int64_t>(hash >> 12) + 1; }

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
                       const SimulationOptions& chosen, const RankOptions& ranks)
    : number(++ranks.communicator->call_order().n_simulations),
      potential(checked(std::move(given), start, chosen, ranks)),
      options(chosen),
      masses(to_vector(start.masses)),
      fparam(to_vector(start.fparam)),
      engine(make_engine(*potential, chosen.skin, ranks.communicator)),
      state({start.positions, start.types, start.velocities, start.masses, start.box, start.aparam, start.fixed},
            engine->backend().memory(), ranks.communicator),
      migration(ranks, potential->info().cutoff + chosen.skin),
      run_id_is_open_(chosen.run_id == 0) {
    if (run_id_is_open_) options.run_id = run_id_from(hash_of(*potential, start, chosen));
    migrate();
    state.zero_momentum = options.zero_momentum && state.fixed.empty();
    state.degrees_of_freedom = md::degrees_of_freedom(options, state.n_total, std::int64_t(state.fixed.size()));
    state.speed_limit = longest_move / options.timestep;
    const md::IntegratorSetup setup{engine->backend(), options.timestep, options.seed, state.degrees_of_freedom};
    integrator =
        std::visit([&](const auto& ensemble) { return md::make_integrator(ensemble, setup); }, options.ensemble);
    integrator->begin(state);
}

/// Atoms go to the ranks that own the parts of the box they are in.
void Simulation::Core::migrate() {
    if (is_alone()) return;
    migration.distribute(state, state.positions.on_host(), state.lattice);
    engine->set_decomposition(migration.decomposition());
}

void Simulation::Core::accept_velocities() {
    if (state.zero_momentum) md::remove_momentum(engine->backend(), state);
    else md::measure(engine->backend(), state);
    md::pull_motion(state);
}

void Simulation::Core::replace_velocities(std::span<const double> velocities) {
    const std::vector<double> before = to_vector(state.velocities.on_host());
    state.velocities.assign(velocities);
    try {
        accept_velocities();
    } catch (const InputError&) {  // on all ranks alike
        state.velocities.assign(before);
        md::measure(engine->backend(), state);
        md::pull_motion(state);
        throw;
    }
}

void Simulation::Core::set_atoms(ForceCall& call) {
    call.atoms = {state.n, state.positions.data(), state.types.data(), state.ids.data()};
    call.aparam = {state.aparam.data(), state.aparam.size()};
    call.forces = state.forces.data();
}

ForceCall Simulation::Core::force_call() {
    ForceCall call;
    set_atoms(call);
    call.lattice = state.lattice;
    call.fparam = fparam;
    call.same_types = true;
    return call;
}

/// The engine brings the neighbour list up to date, evaluates the tiles and returns the ghosts' forces.
void Simulation::Core::compute_forces() {
    ForceCall call = force_call();
    if (!is_alone() && engine->needs_list(call)) {
        migrate();
        set_atoms(call);
    }
    const ForceTotals totals = engine->compute(call);
    state.energy = totals.energy;
    std::copy(totals.virial.begin(), totals.virial.end(), &state.virial.m[0][0]);
    state.push();
    if (!totals.rebuilt) return;
    list_interval_ = std::max<std::int64_t>(1, state.step - list_step_);
    list_step_ = state.step;
}

void Simulation::Core::compute_forces_or_blame() {
    try {
        compute_forces();
    } catch (const InputError& error) {
        throw InputError(concat(error.what(), "; the fastest ", md::describe_fastest(state)));
    }
}

void Simulation::Core::require_home() const {
    if (!home.is_here())
        throw InputError(
            "this process was forked from the one that made the simulation, which belongs there: make "
            "another one here, from atoms or by resume(), with files of its own");
}

void Simulation::Core::prepare() {
    if (!failure_.empty()) throw InputError(concat("this simulation cannot go on: ", failure_));
    if (forces_are_current_) return;
    compute_forces();
    forces_are_current_ = true;
}

/// Puts one step on the backend. Where the host sees what the backend does, nothing is done in vain after a halt. With
/// several ranks the host leads every step.
void Simulation::Core::put_step(bool removes_momentum) {
    if (!is_alone()) {
        md::put_step(*integrator, engine->backend(), state, removes_momentum, [&] {
            md::pull_motion(state);
            compute_forces_or_blame();
            return true;
        });
        return;
    }
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
    if (engine->backend().memory().is_host() || !is_alone()) return 1;
    const std::int64_t left = list_interval_ * 4 / 5 - (state.step - list_step_);
    return std::clamp<std::int64_t>(std::max<std::int64_t>(left, 2), 1, std::min(most, batch_));
}

/// Ends the step that came to a halt, with the host's help.
void Simulation::Core::finish_step() {
    if (state.halt == Halt::atom_flown) md::pull_motion(state);  // throws
    state.halt = Halt::none;
    compute_forces_or_blame();
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
        if (!is_alone()) md::pull_motion(state);
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
    run_id_is_open_ = false;
    show(watches_);
    show(last_watches_);
}

std::int64_t Simulation::Core::run(std::int64_t n_steps, const std::function<void()>& between_steps) {
    if (n_steps < 0) throw InputError(concat("n_steps = ", n_steps, " must be zero or more"));
    if (is_running_)
        throw InputError(
            "this simulation is running; a callback or another thread must not run it again before it ends");
    require_home();
    const Flag running(is_running_);
    const Communicator::Use use(*state.ranks);
    prepare();
    show_all();
    std::int64_t done = 0;
    std::exception_ptr failure;  // of this rank's caller: the run ends on all ranks first
    while (done < n_steps && !must_stop()) {
        done += advance(std::min(n_steps - done, steps_to_next_watch()));
        show_all();
        if (!between_steps) continue;
        try {
            between_steps();
        } catch (...) {
            failure = std::current_exception();
            stop_requested = true;
        }
    }
    stop_requested = false;
    if (failure) std::rethrow_exception(failure);
    return done;
}

/// Whether one of the ranks was asked to.
bool Simulation::Core::must_stop() {
    double wanted = stop_requested ? 1 : 0;
    state.ranks->max({&wanted, 1});
    return wanted > 0;
}

void Simulation::Core::require_unused(const std::string& path) const {
    require_home();
    if (path.empty()) throw InputError("an output file needs a name");
    for (const auto* watches : {&watches_, &last_watches_})
        for (const Watch& watch : *watches)
            for (const std::string& used : watch.paths)
                if (same_file(used, path))
                    throw InputError(
                        concat(path, ": is already written by this simulation; give each output its own file"));
}

void Simulation::Core::watch(std::unique_ptr<md::Observer> observer, std::int64_t every,
                             std::vector<std::string> paths) {
    const auto seen = observer->last_step();
    watches_.push_back({std::move(observer), every, std::move(paths), seen});
}

void Simulation::Core::watch_last(std::unique_ptr<md::Observer> observer, std::int64_t every,
                                  std::vector<std::string> paths) {
    const auto seen = observer->last_step();
    last_watches_.push_back({std::move(observer), every, std::move(paths), seen});
}

std::vector<md::ModelForces> Simulation::Core::ask_other_models(std::size_t first, std::size_t n_models) {
    const auto n = 3 * std::size_t(state.n);
    Array<double> forces(n * n_models, engine->backend().memory());
    std::vector<ForceOutputs> outputs(n_models);
    for (std::size_t k = 0; k < n_models; ++k) outputs[k].forces = forces.data() + k * n;
    const std::vector<ForceTotals> totals = engine->compute_models(force_call(), first, outputs);
    std::vector<md::ModelForces> out;
    for (std::size_t k = 0; k < n_models; ++k) {
        std::vector<double>& mine =
            out.emplace_back(md::ModelForces{std::vector<double>(n), totals[k].energy, totals[k].virial}).forces;
        engine->backend().memory().copy_out(mine.data(), outputs[k].forces, n * sizeof(double));
    }
    return out;
}

md::Checkpoint Simulation::Core::checkpoint() {
    prepare();
    const Lattice& list_lattice = engine->list().reference_lattice();
    md::Checkpoint c;
    run_id_is_open_ = false;
    c.type_map = potential->info().type_map;
    c.model_file = md::model_source(potential->info(), "file");
    c.model_sha256 = md::model_source(potential->info(), "sha256");
    c.model_form = md::model_form(*potential);
    c.options = options;
    c.step = state.step;
    c.energy = state.energy;
    c.box = state.box;
    const md::Gather gather(state);
    const auto types = gather.at_first(state.types);
    c.types.assign(types.rows.begin(), types.rows.end());
    c.masses = masses;
    c.fixed.assign(state.fixed.begin(), state.fixed.end());
    c.positions = to_vector(gather.at_first(state.positions).rows);
    c.velocities = to_vector(gather.at_first(state.velocities).rows);
    const std::vector<double> list_positions = engine->list().reference_positions();
    c.list_positions = to_vector(gather.at_first(std::span(list_positions)).rows);
    c.list_box.periodic = list_lattice.periodic;
    std::copy_n(&list_lattice.cell.m[0][0], 9, c.list_box.cell.begin());
    c.ensemble_memory = integrator->memory(state);
    c.fparam = fparam;
    c.aparam = to_vector(gather.at_first(state.aparam).rows);
    return c;
}

void Simulation::Core::write_checkpoint(const std::string& path) {
    require_home();
    md::Checkpoint content = checkpoint();
    together(*state.ranks, [&] {
        std::vector<FileMark> files;
        for (Watch& watch : watches_) {
            watch.observer->sync();  // what came before the checkpoint must not be lost after it
            watch.observer->add_marks(files);
        }
        content.files = md::seen_from(path, std::move(files));
        if (state.is_first()) md::write_checkpoint(content, path);
    });
}

RankReport Simulation::Core::rank_report() const {
    RankReport out;
    out.rank = state.ranks->rank();
    out.n_ranks = state.ranks->size();
    out.grid = migration.decomposition().grid();
    out.imbalance = migration.imbalance();
    const HaloCounts halo = engine->list().halo_counts();
    out.n_owned = state.n;
    out.n_ghosts = halo.n_local + halo.n_remote;
    out.n_remote_ghosts = halo.n_remote;
    out.n_sent = halo.n_sent;
    out.n_peers = halo.n_peers;
    out.n_migrated = migration.n_migrated();
    out.migration_seconds = 1e-9 * double(migration.nanoseconds());
    return out;
}

const std::vector<std::string>& Simulation::Core::resume_notes() const {
    static const std::vector<std::string> none;
    return resumption_ ? resumption_->notes : none;
}

void Simulation::Core::identify_by(std::span<const std::byte> start) {
    if (!run_id_is_open_) return;
    Checksum checksum;
    checksum.add(std::as_bytes(std::span(&options.run_id, 1)));
    checksum.add(start);
    options.run_id = run_id_from(checksum.value());
}

void Simulation::Core::recall(const md::Checkpoint& checkpoint, const std::string& folder) {
    const std::size_t n_variables = integrator->memory(state).size();
    if (n_variables != checkpoint.ensemble_memory.size())
        throw InputError(concat("the checkpoint holds ", checkpoint.ensemble_memory.size(),
                                " variables of the ensemble, not ", n_variables));
    state.step = checkpoint.step;
    state.push();
    integrator->recall(state, checkpoint.ensemble_memory);
    resumption_ = {checkpoint.step, folder, checkpoint.files, {}};
    md::measure(engine->backend(), state);
    md::pull_motion(state);
    const Lattice list_lattice(checkpoint.list_box);
    const auto at_list = [&] {  // where this rank's atoms were
        std::vector<double> out;
        for (const std::int64_t id : state.ids.on_host())
            out.insert(out.end(), checkpoint.list_positions.begin() + 3 * id,
                       checkpoint.list_positions.begin() + 3 * id + 3);
        return out;
    };
    if (!is_alone()) {
        migration.distribute(state, at_list(), list_lattice);
        engine->set_decomposition(migration.decomposition());
    }
    Array<double> list_positions(engine->backend().memory());
    list_positions.copy_in(at_list());
    engine->build_list_at({state.n, list_positions.data(), state.types.data(), state.ids.data()}, list_lattice);
    prepare();
}

}  // namespace dpmd
