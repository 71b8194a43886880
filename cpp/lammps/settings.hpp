#pragma once
// The words after "pair_style dpmd" in an input of LAMMPS.
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dpmd::lammps {

struct Settings {
    std::vector<std::string> models;  ///< files; the first drives the dynamics, all of them the deviation
    std::string precision = "double", compress = "off", overflow = "error", device = "cpu";
    double tolerance = 0;                                                   ///< eV/Å; 0: what suits the precision
    std::optional<int> threads;                                             ///< of a rank; none: as many as LAMMPS uses
    std::vector<double> fparam;                                             ///< [n_fparam]; empty: the model's default
    std::vector<double> aparam;                                             ///< [n_aparam], the same for all atoms
    std::string fparam_from_compute, fparam_from_fix, aparam_from_compute;  ///< IDs of their sources in each step
    int out_freq = 100;  ///< steps between lines of model deviation; 0: none
    std::string out_file = "model_devi.out";
    bool atomic = false;               ///< the deviation of every atom, too
    std::optional<double> relative;    ///< level of relative force deviations, in the input's unit of force
    std::optional<double> relative_v;  ///< the same of virials, in the input's unit of energy
};

/// Throws std::invalid_argument, which names the word at fault and the remedy.
Settings parse_settings(std::span<const char* const> words);

}  // namespace dpmd::lammps
