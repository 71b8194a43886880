#pragma once
// Which mpiexec has started this process, and where its MPI library is.
#include <optional>
#include <string>
#include <vector>

#include "comm/mpi_module.hpp"

namespace dpmd {

enum class MpiFamily { any, mpich, open_mpi };

/// How mpiexec, or srun with a PMI, tells a process that it is one of several.
struct MpiLaunch {
    std::string variable;  ///< the environment variable that shows it
    MpiFamily family = MpiFamily::any;
    int n_ranks = 0;  ///< 0: not told
};

/// How this process was started; nothing if alone.
std::optional<MpiLaunch> find_mpi_launch();

/// The MPI library that this process has opened already, if any.
std::optional<MpiLibrary> find_open_mpi_library();

/// Opens the library that fits: $DPMD_LIBMPI, or else the first found next to mpiexec, in the environment in which dpmd
/// is installed, in `folders`, and where the loader looks; those of the launcher's family first. Throws RankError,
/// which names what was tried.
MpiLibrary open_mpi_library(const MpiLaunch& launch, const std::vector<std::string>& folders = {});

}  // namespace dpmd
