#pragma once
// The files of a simulation, looked at from outside: what a checkpoint holds and what it knows of the other files, and
// whether those are whole.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dpmd/export.hpp"
#include "dpmd/simulation.hpp"

namespace dpmd {

/// How a file of rows or frames stood when a checkpoint was written: its first bytes, and the last step among them.
struct FileMark {
    std::string name;  ///< path from the checkpoint's folder
    std::uint64_t n_bytes = 0;
    std::uint64_t checksum = 0;  ///< FNV-1a, 64 bits
    std::optional<std::int64_t> last_step;
};

struct CheckpointSummary {
    std::int64_t step = 0;
    SimulationOptions options;  ///< with the run_id
    std::int64_t n_atoms = 0;
    std::string model_sha256;  ///< of the file that the model came from; empty when unknown
    std::string model_form;    ///< precision and compression, in words
    std::vector<FileMark> files;
};

/// InputError: where the file is damaged, or that it is none of ours.
DPMD_API CheckpointSummary summarize_checkpoint(const std::string& path);

/// The whole rows or frames of a file, as far as they follow each other.
struct RecordScan {
    std::vector<std::int64_t> steps;
    std::vector<std::int64_t> run_ids;  ///< those found, each once, in the order they come
    std::uint64_t n_bytes = 0, n_whole_bytes = 0;
    /// Where something stands that is no row or frame, in words. A last one that was cut short is no damage.
    std::optional<std::string> damage;
    std::uint64_t checksum = 0;  ///< of the first `n_checksum_bytes`
};

/// Reads a file of a simulation of `n_atoms` atoms; `kind`: "thermo", "extxyz", "lammps" or "deviation". InputError:
/// the file cannot be read, or there is no such kind.
DPMD_API RecordScan scan_output(const std::string& path, const std::string& kind, std::int64_t n_atoms,
                                std::uint64_t n_checksum_bytes = 0);

}  // namespace dpmd
