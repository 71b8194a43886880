#pragma once
// How models are run, which DeePMD-kit's interface has no arguments for: variables of the environment
// (docs/deepmd-c.md).
#include <string>
#include <utility>
#include <vector>

#include "dpmd/dpmd.h"

namespace dpmd::deepmd {

struct Settings {
    std::string device = "cpu", precision = "double", compress = "off", overflow = "keep_nearest";
    double tolerance = 0;  ///< eV/Å; 0: what suits the precision
    int threads = 0;  ///< 0: as OMP_NUM_THREADS says, or all cores; 1 for one of several ranks of which nothing is said
    std::vector<std::pair<std::string, std::string>> variables;  ///< those that are set, with their values

    /// The same as the engine takes them; the texts are those of this object. `gpu_rank` is the host's choice among the
    /// devices, which counts where `device` is a kind of device only.
    dpmd_options options(int gpu_rank);
    /// An error of the engine, with the variables that it complains of.
    std::string explained(const std::string& error) const;
    /// A line for people.
    std::string line() const;
};

/// Throws Failure where a number is none.
Settings settings_of_environment();

}  // namespace dpmd::deepmd
