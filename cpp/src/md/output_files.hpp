#pragma once
// The files that observers write: what they look like, and how a resumed simulation continues them.
#include <cstdint>
#include <string>
#include <vector>

#include "dpmd/committee.hpp"
#include "dpmd/run_files.hpp"
#include "io/frame.hpp"
#include "io/record_file.hpp"

namespace dpmd::md {

/// What a resumed simulation knows of the run before it.
struct Resumption {
    std::int64_t step;
    std::string folder;  ///< where the checkpoint is
    std::vector<FileMark> files;
    std::vector<std::string> notes;  ///< what became of the files, in words; at rank 0
};

RecordFormat thermo_format();
RecordFormat deviation_format(const DeviationColumns& columns);
/// `frames` must outlive it.
RecordFormat trajectory_format(const FrameFormat& frames, std::int64_t n_atoms);

/// A new file without a resumption, else the one that the checkpoint knows. InputError when it knows none but there is
/// one.
RecordFile open_output(const std::string& path, const RecordFormat& format, Resumption* resumption);

/// Marks with paths from the folder of a checkpoint that is written to `checkpoint`.
std::vector<FileMark> seen_from(const std::string& checkpoint, std::vector<FileMark> files);

/// The folder of a file.
std::string folder_of(const std::string& path);

}  // namespace dpmd::md
