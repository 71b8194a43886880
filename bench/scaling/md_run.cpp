#include "md_run.hpp"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "check.hpp"
#include "clocked_communicator.hpp"
#include "core/clock.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "geometry.hpp"
#include "statistics.hpp"

namespace dpmd::bench {
namespace {

constexpr double timestep = 0.5, temperature = 330;  // fs, K

/// Clocks of a simulation, seconds so far.
struct Clocks {
    double compute = 0, list = 0, halo = 0, migration = 0;
    Traffic traffic;
    std::int64_t at = 0, cpu = 0;  ///< nanoseconds; cpu: of this thread
};

std::int64_t thread_nanoseconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::int64_t(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

Clocks read_clocks(const Simulation& simulation, const ClockedCommunicator& ranks) {
    Clocks out;
    for (const StageTime& stage : simulation.stage_times())
        (stage.stage == "neighbors" ? out.list : stage.stage == "halo" ? out.halo : out.compute) += stage.seconds;
    out.migration = simulation.rank_report().migration_seconds;
    out.traffic = ranks.traffic();
    out.at = nanoseconds();
    out.cpu = thread_nanoseconds();
    return out;
}

RankCost cost_between(const Clocks& a, const Clocks& b, const RankReport& report, int steps, int threads) {
    RankCost cost;
    cost.owned = report.n_owned;
    cost.ghosts_local = report.n_ghosts - report.n_remote_ghosts;
    cost.ghosts_remote = report.n_remote_ghosts;
    cost.sent = report.n_sent;
    cost.peers = report.n_peers;
    const Traffic t = b.traffic - a.traffic;
    cost.messages = double(t.n_messages) / steps;
    cost.bytes_out = double(t.bytes_out) / steps;
    cost.bytes_in = double(t.bytes_in) / steps;
    cost.n_collectives = double(t.n_collectives) / steps;
    cost.compute = (b.compute - a.compute) / steps / threads;
    cost.collectives = 1e-9 * double(t.collectives) / steps;
    cost.start = 1e-9 * double(t.start) / steps;
    cost.finish = 1e-9 * double(t.finish) / steps;
    cost.rest = 1e-9 * double(b.at - a.at) / steps - cost.compute - cost.collectives - cost.start - cost.finish;
    cost.cpu = 1e-9 * double(b.cpu - a.cpu) / steps;
    cost.list = (b.list - a.list) / steps;
    cost.halo = (b.halo - a.halo) / steps;
    cost.migration = (b.migration - a.migration) / steps;
    return cost;
}

/// Compares the ghosts of all ranks with those expected from the widths of the bricks: within 5 % where there are
/// enough.
void check_ghosts(const MdCase& what, const RankReport& report, const std::vector<RankCost>& ranks) {
    double found = 0;
    for (const RankCost& cost : ranks) found += double(cost.ghosts_local + cost.ghosts_remote);
    const double reach = what.potential->info().cutoff + what.options.skin;
    const double expected =
        double(ranks.size()) * expected_ghosts(what.structure.box, report.grid, what.structure.size(), reach);
    if (std::fabs(found / expected - 1) > 0.05)
        throw InternalError(concat(found, " ghosts on ", ranks.size(), " ranks, but ", expected, " by geometry"));
}

}  // namespace

Structure structure_of_about(std::int64_t n_atoms) {
    Structure cell = structure_for(model().type_map, 1);
    const double wanted = std::max(1.0, double(n_atoms) / cell.size());
    const int side = int(std::lround(std::cbrt(wanted)));
    std::array<int, 3> best{1, 1, 1};
    double least = std::numeric_limits<double>::infinity();
    for (int a = std::max(1, side - 3); a <= side + 3; ++a)
        for (int b = a; b <= 2 * a; ++b)
            for (int c = b; c <= 2 * a; ++c) {
                const double miss = std::fabs(double(a) * b * c - wanted) + 1e-3 * (c - a);
                if (miss >= least) continue;
                least = miss;
                best = {a, b, c};
            }
    Structure out;
    out.masses = cell.masses;
    const double edge = cell.box.cell[0];
    for (int copy = 0; copy < best[0] * best[1] * best[2]; ++copy) {
        const int at[3] = {copy / (best[1] * best[2]), copy / best[2] % best[1], copy % best[2]};
        for (std::size_t k = 0; k < cell.positions.size(); ++k)
            out.positions.push_back(cell.positions[k] + edge * at[k % 3]);
        out.types.insert(out.types.end(), cell.types.begin(), cell.types.end());
    }
    out.box = Box::fully_periodic({edge * best[0], 0, 0, 0, edge * best[1], 0, 0, 0, edge * best[2]});
    return out;
}

double Turn::core_lost() const {
    double most = 0;
    for (const RankCost& cost : ranks) most = std::max(most, cost.compute + cost.rest - cost.cpu);
    return most / step_seconds;
}

Turn run_turn(const std::shared_ptr<Communicator>& given, const MdCase& what) {
    const auto ranks = std::make_shared<ClockedCommunicator>(given);
    SimulationStart start;
    start.positions = what.structure.positions;
    start.types = what.structure.types;
    start.masses = what.structure.masses;
    start.box = what.structure.box;
    SimulationOptions options;
    options.timestep = timestep;
    options.skin = what.options.skin;
    Simulation simulation(what.potential, start, options, {ranks});
    const std::span<const double> forces = simulation.forces();
    const std::string fault = fault_of(what.variant, *what.potential, forces, simulation.thermo().potential_energy);
    if (!fault.empty()) throw InternalError(concat(ranks->description(), ": ", fault));
    simulation.initialize_velocities(temperature, 1);
    simulation.run(what.options.steps_before);

    Turn turn;
    const int steps = what.options.steps;
    std::int64_t n_builds = simulation.n_list_builds();
    given->barrier();
    const Clocks before = read_clocks(simulation, *ranks);
    std::int64_t last = before.at;
    simulation.run(steps, [&] {
        const std::int64_t now = nanoseconds();
        const bool has_built = simulation.n_list_builds() > n_builds;
        (has_built ? turn.build_seconds : turn.kept_seconds).push_back(1e-9 * double(now - last));
        last = now;
        n_builds = simulation.n_list_builds();
    });
    const Clocks after = read_clocks(simulation, *ranks);
    turn.step_seconds = 1e-9 * double(after.at - before.at) / steps;
    given->max({&turn.step_seconds, 1});
    const RankReport report = simulation.rank_report();
    const RankCost mine = cost_between(before, after, report, steps, what.potential->options().threads);
    turn.ranks.resize(std::size_t(given->size()));
    given->all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(turn.ranks)));
    turn.energy = simulation.thermo().conserved_energy;
    turn.imbalance = report.imbalance;
    turn.grid = report.grid;
    check_ghosts(what, report, turn.ranks);
    return turn;
}

JsonText describe_turns(const MdCase& what, const std::string& transport, const std::vector<Turn>& turns) {
    std::vector<double> seconds, kept, build;
    seconds.reserve(turns.size());
    for (const Turn& turn : turns) {
        seconds.push_back(turn.step_seconds);
        kept.insert(kept.end(), turn.kept_seconds.begin(), turn.kept_seconds.end());
        build.insert(build.end(), turn.build_seconds.begin(), turn.build_seconds.end());
    }
    const Turn& any = turns.front();
    std::vector<int> numbers(any.ranks.size());
    for (std::size_t r = 0; r < numbers.size(); ++r) numbers[r] = int(r);
    const auto of_rank = [&](int r) {
        const auto over_turns = [&](double RankCost::*member) {
            std::vector<double> values;
            values.reserve(turns.size());
            for (const Turn& turn : turns) values.push_back(turn.ranks[std::size_t(r)].*member);
            return median(values);
        };
        const RankCost& cost = any.ranks[std::size_t(r)];
        return json_object({{"rank", r},
                            {"owned", cost.owned},
                            {"ghosts_local", cost.ghosts_local},
                            {"ghosts_remote", cost.ghosts_remote},
                            {"sent", cost.sent},
                            {"peers", cost.peers},
                            {"messages", over_turns(&RankCost::messages)},
                            {"bytes_out", over_turns(&RankCost::bytes_out)},
                            {"bytes_in", over_turns(&RankCost::bytes_in)},
                            {"n_collectives", over_turns(&RankCost::n_collectives)},
                            {"compute", over_turns(&RankCost::compute)},
                            {"collectives", over_turns(&RankCost::collectives)},
                            {"start", over_turns(&RankCost::start)},
                            {"finish", over_turns(&RankCost::finish)},
                            {"rest", over_turns(&RankCost::rest)},
                            {"cpu", over_turns(&RankCost::cpu)},
                            {"list", over_turns(&RankCost::list)},
                            {"halo", over_turns(&RankCost::halo)},
                            {"migration", over_turns(&RankCost::migration)}});
    };
    return json_object({{"kind", "md"},
                        {"transport", json_string(transport)},
                        {"model", json_string(std::filesystem::path(model_path()).stem().string())},
                        {"n_atoms", what.structure.size()},
                        {"box", json_list(std::vector<double>{what.structure.box.cell[0], what.structure.box.cell[4],
                                                              what.structure.box.cell[8]})},
                        {"reach", what.potential->info().cutoff + what.options.skin},
                        {"form", json_string(what.variant.form)},
                        {"precision", json_string(what.variant.precision)},
                        {"n_ranks", int(any.ranks.size())},
                        {"grid", json_list(any.grid)},
                        {"imbalance", any.imbalance},
                        {"steps", what.options.steps},
                        {"n_builds", int(any.build_seconds.size())},
                        {"step_seconds", median(seconds)},
                        {"kept_seconds", median(kept)},
                        {"build_seconds", median(build)},
                        {"turns", json_list(seconds)},
                        {"core_lost", json_list(turns, [](const Turn& turn) { return JsonText(turn.core_lost()); })},
                        {"ranks", json_list(numbers, of_rank)}});
}

}  // namespace dpmd::bench
