#pragma once
// The file of model deviations, as DeePMD-kit writes it, but that a later run goes on with it.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

namespace dpmd::lammps {

struct Deviation {
    double max = 0, min = 0, avg = 0;
};

class DeviationLog {
public:
    /// For a run whose first step this is. At step 0 the file begins anew. At a later one a file of the same columns
    /// goes on: rows of this step and later ones are dropped, because they are about to be computed again. A file of
    /// other columns is renamed first. `n_atomic`: how many columns the deviations of atoms take.
    /// std::runtime_error when it cannot be written.
    DeviationLog(std::string path, std::int64_t first_step, std::size_t n_atomic);

    /// One row; `of_atoms` in the order of their IDs. It replaces the last row when that is of the same step: LAMMPS
    /// computes the first step of a run that was the last one of the run before, and several times in a minimisation.
    void write(std::int64_t step, const Deviation& virial, const Deviation& force, std::span<const double> of_atoms);

    /// Where a file of other columns now is; empty: there was none.
    const std::filesystem::path& put_aside() const { return put_aside_; }

private:
    void begin();
    void resume(std::int64_t first_step);
    void check() const;

    std::filesystem::path path_, put_aside_;
    std::string header_;
    std::size_t width_;  // of a row in a file to go on with
    std::ofstream file_;
    std::int64_t last_step_ = -1;
    std::size_t last_size_ = 0;
    std::streamoff last_row_ = -1;
};

}  // namespace dpmd::lammps
