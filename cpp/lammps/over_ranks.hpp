#pragma once
// What the ranks of LAMMPS find out together.
#include <mpi.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "deviation_log.hpp"

namespace dpmd::lammps {

/// "cuda" and "hip" become a device of that kind, the ranks of a node taking its devices in turn; other names stay.
std::string device_of_rank(const std::string& device, MPI_Comm world);

/// Largest, smallest and mean value of all ranks' atoms, on rank 0.
Deviation statistics_of_atoms(std::span<const double> values, std::int64_t n_atoms, MPI_Comm world);

/// Values of all ranks' atoms in the order of their IDs, on rank 0.
std::vector<double> gather_by_id(std::span<const std::int64_t> ids, std::span<const double> values, MPI_Comm world);

}  // namespace dpmd::lammps
