// Question: what does a step on many ranks cost beyond its arithmetic: how many ghosts and messages are there, how long
// do ranks wait, and is a direct exchange with all neighbours faster than one in stages? Ranks are threads, or the
// processes of mpiexec; thousands of ranks are planned in one process. Checked before anything is reported: all numbers
// of ranks give the bits of one, forces are those of the exact nets, halos hold the right atoms, and the number of
// ghosts agrees with geometry.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <mutex>

#include "core/clock.hpp"
#include "core/text.hpp"
#include "dpmd/communicator.hpp"
#include "dpmd/errors.hpp"
#include "md_run.hpp"
#include "options.hpp"
#include "plan.hpp"
#include "statistics.hpp"
#include "transport.hpp"

namespace dpmd::bench {
namespace {

/// The ranks that measure: those of mpiexec, or threads.
struct Ranks {
    std::shared_ptr<Communicator> world = mpi_world();

    bool are_processes() const { return world->size() > 1; }
    bool is_first() const { return world->rank() == 0; }
    std::string transport() const { return are_processes() ? "mpi" : "threads"; }
    /// Runs `rank_main` on `n_ranks` ranks, or on all processes.
    template <class F>
    void run(int n_ranks, F&& rank_main) const {
        if (are_processes()) rank_main(world);
        else run_thread_ranks(n_ranks, rank_main);
    }
    std::vector<int> counts(const Options& options, const std::vector<int>& usual) const {
        if (!are_processes()) return options.ranks.empty() ? usual : options.ranks;
        if (!options.ranks.empty()) throw InputError("--ranks is for threads; mpiexec has started its own ranks");
        return {world->size()};
    }
};

/// Results in order of arrival, for a reader and for a file.
class Results {
public:
    explicit Results(bool is_first) : is_first_(is_first) {}
    void add(const JsonText& result) {
        results_.push_back(result.text);
        if (is_first_) std::cout << result.text << '\n' << std::flush;
    }
    void write(const std::string& path) const {
        if (path.empty() || !is_first_) return;
        std::ofstream file(path);
        file << "[\n";
        for (std::size_t k = 0; k < results_.size(); ++k) file << (k > 0 ? ",\n" : "") << results_[k];
        file << "\n]\n";
        if (!file) throw InputError(concat(path, ": cannot be written"));
    }

private:
    bool is_first_;
    std::vector<std::string> results_;
};

void check_bits(const std::vector<Turn>& turns, double energy) {
    for (const Turn& turn : turns)
        if (turn.energy != energy)
            throw InternalError(concat(turn.ranks.size(),
                                       " ranks end with another energy than the first run: they differ by ",
                                       turn.energy - energy, " eV"));
}

/// Different numbers of ranks take turns, so that disturbances affect all of them.
void measure_md(const Ranks& ranks, const Options& options, Results& results) {
    const Variant variant{options.form, options.precision, "", "cpu"};
    const auto potential = load(variant, 1, options.skin);
    const std::vector<int> counts = ranks.counts(options, options.quick ? std::vector{1, 2, 3} : std::vector{1, 2});
    for (const std::int64_t n_atoms : options.atoms) {
        const MdCase what{variant, potential, structure_of_about(n_atoms), options};
        std::vector<std::vector<Turn>> turns(counts.size());
        for (int k = 0; k < options.turns; ++k)
            for (std::size_t c = 0; c < counts.size(); ++c)
                ranks.run(counts[c], [&](const std::shared_ptr<Communicator>& mine) {
                    const Turn turn = run_turn(mine, what);
                    if (mine->rank() == 0 || ranks.are_processes()) turns[c].push_back(turn);
                });
        double energy = turns[0][0].energy;
        if (ranks.are_processes() && ranks.is_first())  // one rank alone, to compare bits
            run_thread_ranks(1, [&](const auto& alone) { energy = run_turn(alone, what).energy; });
        for (std::size_t c = 0; c < counts.size(); ++c) {
            if (!ranks.is_first()) continue;
            check_bits(turns[c], energy);
            results.add(describe_turns(what, ranks.transport(), turns[c]));
            std::vector<double> speedups, lost;
            for (std::size_t k = 0; k < turns[c].size(); ++k) {
                speedups.push_back(turns[0][k].step_seconds / turns[c][k].step_seconds);
                lost.push_back(std::max(turns[0][k].core_lost(), turns[c][k].core_lost()));
            }
            if (c > 0)
                results.add(json_object({{"kind", "speedup"},
                                         {"n_atoms", what.structure.size()},
                                         {"of_ranks", counts[c]},
                                         {"over_ranks", counts[0]},
                                         {"median", median(speedups)},
                                         {"of_the_turns", json_list(speedups)},
                                         {"core_lost", json_list(lost)}}));
        }
    }
}

void measure_messages(const Ranks& ranks, const Options& options, Results& results) {
    for (const int n_ranks : ranks.counts(options, options.quick ? std::vector{2, 8} : std::vector{2, 8, 27}))
        if (n_ranks > 1)
            ranks.run(n_ranks, [&](const std::shared_ptr<Communicator>& mine) {
                const JsonText result = measure_transport(*mine, ranks.transport(), options);
                if (mine->rank() == 0) results.add(result);
            });
}

void plan(const Options& options, Results& results) {
    std::vector<int> counts = options.ranks;
    if (counts.empty()) counts = options.quick ? std::vector{1, 8, 64} : std::vector{1, 8, 64, 512, 4096};
    std::vector<std::string> systems = options.systems;
    if (systems.empty()) systems = {"water", "copper", "crystal", "slab", "droplet"};
    std::vector<std::int64_t> sizes = options.atoms_per_rank;
    if (sizes.empty() || options.quick) sizes = {1000};
    for (const std::int64_t size : sizes)
        for (const std::string& name : systems)
            for (const int n_ranks : counts)
                results.add(plan_ranks(make_plan_system(name, double(size) * n_ranks), n_ranks));
}

int run(int argc, char** argv) {
    const Options options = parse_options(argc, argv);
    const Ranks ranks;
    Results results(ranks.is_first());
    if (options.md) measure_md(ranks, options, results);
    if (options.transport) measure_messages(ranks, options, results);
    if (options.plan && ranks.is_first()) plan(options, results);
    results.write(options.out);
    return 0;
}

}  // namespace
}  // namespace dpmd::bench

int main(int argc, char** argv) {
    try {
        return dpmd::bench::run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
