#include "deviation_log.hpp"

#include <cerrno>
#include <cstring>
#include <iomanip>
#include <stdexcept>
#include <utility>

namespace dpmd::lammps {

// Columns of 12 and 19 characters, the sign of a comment in the first.
DeviationLog::DeviationLog(std::string path, bool atomic) : path_(std::move(path)), file_(path_) {
    file_ << '#' << std::setw(11) << "step";
    for (const char* title : {"max_devi_v", "min_devi_v", "avg_devi_v", "max_devi_f", "min_devi_f", "avg_devi_f"})
        file_ << std::setw(19) << title;
    if (atomic) file_ << std::setw(19) << "atm_devi_f(N)";
    file_ << std::endl;
    check();
    file_ << std::scientific << std::setprecision(6);
}

void DeviationLog::write(std::int64_t step, const Deviation& virial, const Deviation& force,
                         std::span<const double> of_atoms) {
    file_ << std::setw(12) << step;
    for (const Deviation& d : {virial, force})
        file_ << std::setw(19) << d.max << std::setw(19) << d.min << std::setw(19) << d.avg;
    for (const double value : of_atoms) file_ << std::setw(19) << value;
    file_ << std::endl;
    check();
}

void DeviationLog::check() const {
    if (!file_) throw std::runtime_error(path_ + ": model deviations cannot be written: " + std::strerror(errno));
}

}  // namespace dpmd::lammps
