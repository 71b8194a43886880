#pragma once
// The MPI code is a separate library, opened in processes that mpiexec has started, so that libdpmd runs where there is
// no MPI.
#include <cstddef>
#include <memory>
#include <string>

#include "dpmd/communicator.hpp"

namespace dpmd {

/// An MPI library that is open in this process.
struct MpiLibrary {
    void* handle = nullptr;
    std::string path;
};

/// The return value of the module's function `dpmd_mpi_module`.
struct MpiModule {
    const char* version;  ///< must equal this library's: the two are one program in two files
    /// All processes of the job, through `library`. Messages longer than `longest_part` bytes are sent in parts.
    /// Collective.
    std::shared_ptr<Communicator> (*open_world)(const MpiLibrary& library, std::size_t longest_part);
};

/// Changes with every release, with MpiModule and with Communicator.
inline constexpr const char* mpi_module_version = "dpmd " DPMD_VERSION " ranks 2";
/// MPI counts in int.
inline constexpr std::size_t mpi_longest_part = std::size_t{1} << 30;

}  // namespace dpmd
