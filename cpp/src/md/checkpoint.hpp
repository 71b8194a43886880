#pragma once
// The checkpoint file: all that a bit-exact continuation needs.
#include <cstdint>
#include <string>
#include <vector>

#include "dpmd/run_files.hpp"
#include "dpmd/simulation.hpp"

namespace dpmd::md {

struct Checkpoint {
    std::vector<std::string> type_map;
    std::string model_file, model_sha256;  ///< where the model came from; empty when unknown
    std::string model_form;                ///< precision and compression, as model_form() puts it
    SimulationOptions options;
    std::int64_t step = 0;
    double energy = 0;  ///< potential energy at this step, eV: tells another model
    Box box;
    std::vector<std::int64_t> types;            ///< [n]
    std::vector<double> masses;                 ///< [n_types] atomic mass units
    std::vector<std::int64_t> fixed;            ///< [n_fixed] atoms that do not move
    std::vector<double> positions, velocities;  ///< [n][3]
    std::vector<double> list_positions;         ///< [n][3] where the neighbour list was built
    Box list_box;
    std::vector<double> ensemble_memory;  ///< Integrator::memory
    std::vector<double> fparam, aparam;
    std::vector<FileMark> files;  ///< that the observers write
};

/// A safetensors file put in place at once, with a checksum over its content.
void write_checkpoint(const Checkpoint& checkpoint, const std::string& path);
/// InputError naming the place where the file is damaged or not a checkpoint.
Checkpoint read_checkpoint(const std::string& path);

}  // namespace dpmd::md
