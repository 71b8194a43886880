#pragma once
// The file of model deviations, as DeePMD-kit writes it.
#include <cstdint>
#include <fstream>
#include <span>
#include <string>

namespace dpmd::lammps {

struct Deviation {
    double max = 0, min = 0, avg = 0;
};

class DeviationLog {
public:
    /// Begins the file. std::runtime_error when it cannot be written.
    DeviationLog(std::string path, bool atomic);

    /// One line; `of_atoms` in the order of their IDs.
    void write(std::int64_t step, const Deviation& virial, const Deviation& force, std::span<const double> of_atoms);

private:
    void check() const;

    std::string path_;
    std::ofstream file_;
};

}  // namespace dpmd::lammps
