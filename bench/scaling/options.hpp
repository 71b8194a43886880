#pragma once
// The options of bench_scaling.
#include <cstdint>
#include <string>
#include <vector>

namespace dpmd::bench {

struct Options {
    bool md = false, transport = false, plan = false;  ///< none chosen: md
    bool quick = false;                                ///< everything at its smallest, to see that it works
    std::vector<int> ranks;                            ///< numbers of ranks: threads, or ranks of a plan
    std::vector<std::int64_t> atoms;                   ///< approximate numbers for the MD runs
    std::vector<std::int64_t> atoms_per_rank;          ///< for exchanges and plans
    std::vector<std::string> systems;                  ///< for plans
    std::string form = "moment", precision = "mix32";  ///< of the potential
    double skin = 1.0;                                 ///< Å
    int steps = 20, steps_before = 5, turns = 5;
    std::string out;  ///< file for the results, JSON
};

/// Throws InputError, which names the argument that is wrong.
Options parse_options(int argc, char** argv);

/// Describes the options.
extern const char* const usage;

}  // namespace dpmd::bench
