#pragma once
// Collective operations over the ranks of LAMMPS.
#include <mpi.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "deviation_log.hpp"

namespace dpmd::lammps {

/// Turns "cuda" and "hip" into a device of that kind, with the ranks of a node sharing its devices in turn; other names
/// stay as they are.
std::string device_of_rank(const std::string& device, MPI_Comm world);

/// Largest, smallest and mean value over all ranks' atoms, on rank 0.
Deviation statistics_of_atoms(std::span<const double> values, std::int64_t n_atoms, MPI_Comm world);

/// Values of all ranks' atoms in the order of their IDs, on rank 0.
std::vector<double> gather_by_id(std::span<const std::int64_t> ids, std::span<const double> values, MPI_Comm world);

/// The type of the atom with the lowest ID among those of all ranks whose type is not negative; -1: there is none.
std::int32_t type_of_first_atom(std::span<const std::int64_t> ids, std::span<const std::int32_t> types, MPI_Comm world);

}  // namespace dpmd::lammps
