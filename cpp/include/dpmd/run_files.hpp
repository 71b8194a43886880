#pragma once
// The files of a simulation, seen from outside: what a checkpoint holds, what it records about the other files, and
// whether those are whole.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dpmd/export.hpp"
#include "dpmd/simulation.hpp"

namespace dpmd {

/// The state of a file of rows or frames when a checkpoint was written: its first bytes, and the last step among them.
struct FileMark {
    std::string name;  ///< path relative to the checkpoint's folder
    std::uint64_t n_bytes = 0;
    std::uint64_t checksum = 0;  ///< FNV-1a, 64 bits
    std::optional<std::int64_t> last_step;
};

struct CheckpointSummary {
    std::int64_t step = 0;
    SimulationOptions options;  ///< including the run_id
    std::int64_t n_atoms = 0;
    std::string model_sha256;  ///< that of the model's file; empty when unknown
    std::string model_form;    ///< precision and compression, in words
    std::vector<FileMark> files;
};

/// Throws InputError, which says where the file is damaged, or that it is not a checkpoint of dpmd.
DPMD_API CheckpointSummary summarize_checkpoint(const std::string& path);

/// The whole rows or frames of a file, up to the first interruption.
struct RecordScan {
    std::vector<std::int64_t> steps;
    std::vector<std::int64_t> run_ids;  ///< those found, each once, in order of appearance
    std::uint64_t n_bytes = 0, n_whole_bytes = 0;
    /// Where something is found that is no row or frame, in words. A last one that was cut short does not count as
    /// damage.
    std::optional<std::string> damage;
    std::uint64_t checksum = 0;  ///< of the first `n_checksum_bytes`
};

/// Reads a file of a simulation of `n_atoms` atoms; `kind`: "thermo", "extxyz", "lammps" or "deviation". Throws
/// InputError when the file cannot be read or there is no such kind.
DPMD_API RecordScan scan_output(const std::string& path, const std::string& kind, std::int64_t n_atoms,
                                std::uint64_t n_checksum_bytes = 0);

}  // namespace dpmd
