#pragma once
// The file of model deviations, as DeePMD-kit writes it, except that a later run continues it.
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
    /// Opens the file for a run that starts at `first_step`. At step 0 the file begins anew. At a later step a file
    /// with the same columns is continued: rows of this and later steps are dropped, because they are about to be
    /// computed again. A file with other columns is renamed first. `n_atomic`: how many columns the deviations of atoms
    /// take. Throws std::runtime_error when it cannot be written.
    DeviationLog(std::string path, std::int64_t first_step, std::size_t n_atomic);

    /// Writes one row; `of_atoms` in the order of their IDs. It replaces the last row if that has the same step: LAMMPS
    /// computes the last step of a run again as the first of the next one, and several times in a minimisation.
    void write(std::int64_t step, const Deviation& virial, const Deviation& force, std::span<const double> of_atoms);

    /// The new name of a file with other columns; empty: there was none.
    const std::filesystem::path& put_aside() const { return put_aside_; }

private:
    void begin();
    void resume(std::int64_t first_step);
    void check() const;

    std::filesystem::path path_, put_aside_;
    std::string header_;
    std::size_t width_;  // of a row in a file that is continued
    std::ofstream file_;
    std::int64_t last_step_ = -1;
    std::size_t last_size_ = 0;
    std::streamoff last_row_ = -1;
};

}  // namespace dpmd::lammps
