#pragma once
// What bench_scaling is asked to do.
#include <cstdint>
#include <string>
#include <vector>

namespace dpmd::bench {

struct Options {
    bool md = false, transport = false, plan = false;  ///< none chosen: md
    bool quick = false;                                ///< everything at its smallest: that it works
    std::vector<int> ranks;                            ///< threads that are ranks, or those of a plan
    std::vector<std::int64_t> atoms;                   ///< of the MD runs, about so many
    std::vector<std::int64_t> atoms_per_rank;          ///< of exchanges and plans
    std::vector<std::string> systems;                  ///< of plans
    std::string form = "moment", precision = "mix32";  ///< of the potential
    double skin = 1.0;                                 ///< Å
    int steps = 20, steps_before = 5, turns = 5;
    std::string out;  ///< file for the results, JSON
};

/// InputError: naming the argument that is wrong.
Options parse_options(int argc, char** argv);

/// What the options are.
extern const char* const usage;

}  // namespace dpmd::bench
