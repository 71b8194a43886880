#pragma once
// The checkpoint file: everything that a bit-exact continuation needs.
#include <cstdint>
#include <string>
#include <vector>

#include "dpmd/run_files.hpp"
#include "dpmd/simulation.hpp"

namespace dpmd::md {

struct Checkpoint {
    std::vector<std::string> type_map;
    std::string model_file, model_sha256;  ///< where the model came from; empty when unknown
    std::string model_form;                ///< precision and compression, as written by model_form()
    SimulationOptions options;
    std::int64_t step = 0;
    double energy = 0;  ///< potential energy at this step, eV; reveals another model
    Box box;
    std::vector<std::int64_t> types;            ///< [n]
    std::vector<double> masses;                 ///< [n_types] atomic mass units
    std::vector<std::int64_t> fixed;            ///< [n_fixed] atoms that do not move
    std::vector<double> positions, velocities;  ///< [n][3]
    std::vector<double> list_positions;         ///< [n][3] where the neighbour list was built
    Box list_box;
    std::vector<double> ensemble_memory;  ///< Integrator::memory
    std::vector<double> fparam, aparam;
    std::vector<FileMark> files;  ///< the files that observers write
};

/// Writes a safetensors file, put in place atomically, with a checksum of its content.
void write_checkpoint(const Checkpoint& checkpoint, const std::string& path);
/// Throws InputError, which says where the file is damaged or not a checkpoint.
Checkpoint read_checkpoint(const std::string& path);

}  // namespace dpmd::md
