#pragma once
// The files that observers write: their formats, and how a resumed simulation continues them.
#include <cstdint>
#include <string>
#include <vector>

#include "dpmd/committee.hpp"
#include "dpmd/run_files.hpp"
#include "io/frame.hpp"
#include "io/record_file.hpp"

namespace dpmd::md {

/// What a resumed simulation knows about the previous run.
struct Resumption {
    std::int64_t step;
    std::string folder;  ///< where the checkpoint is
    std::vector<FileMark> files;
    std::vector<std::string> notes;  ///< what became of the files, in words; on rank 0
};

RecordFormat thermo_format();
RecordFormat deviation_format(const DeviationColumns& columns);
/// `frames` must outlive the result.
RecordFormat trajectory_format(const FrameFormat& frames, std::int64_t n_atoms);

/// Starts a new file without a resumption, else continues the one that the checkpoint knows. Throws InputError when a
/// file exists that the checkpoint does not know.
RecordFile open_output(const std::string& path, const RecordFormat& format, Resumption* resumption);

/// Marks with paths relative to the folder of the file `checkpoint`.
std::vector<FileMark> seen_from(const std::string& checkpoint, std::vector<FileMark> files);

/// The folder of a file.
std::string folder_of(const std::string& path);

}  // namespace dpmd::md
