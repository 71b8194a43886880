#include "deviation_log.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace dpmd::lammps {
namespace {

namespace fs = std::filesystem;

// Columns of 12 and 19 characters; the first one includes the comment sign.
constexpr int step_width = 12, value_width = 19;

std::string header_of(bool atomic) {
    std::ostringstream out;
    out << '#' << std::setw(step_width - 1) << "step";
    for (const char* title : {"max_devi_v", "min_devi_v", "avg_devi_v", "max_devi_f", "min_devi_f", "avg_devi_f"})
        out << std::setw(value_width) << title;
    if (atomic) out << std::setw(value_width) << "atm_devi_f(N)";
    return out.str();
}

/// The step of a row; -1 when the line is not a row.
std::int64_t step_of(std::string_view row) {
    row = row.substr(0, step_width);
    row.remove_prefix(std::min(row.find_first_not_of(' '), row.size()));
    std::int64_t step = -1;
    const auto [end, error] = std::from_chars(row.data(), row.data() + row.size(), step);
    return error == std::errc() && end == row.data() + row.size() ? step : -1;
}

/// "model_devi.out.1", or with the first number that is free.
fs::path free_name_beside(const fs::path& path) {
    for (int k = 1;; ++k) {
        const fs::path name = path.string() + "." + std::to_string(k);
        if (!fs::exists(name)) return name;
    }
}

/// Passes on the rows to keep, those of steps before this one, complete with the newline that a crash may have cut off.
/// Returns whether there were other rows.
template <class Visit>
bool drops_rows(const fs::path& path, std::int64_t first_step, Visit&& visit) {
    std::ifstream file(path);
    bool drops = false;
    for (std::string line; std::getline(file, line);) {
        const bool stays = !file.eof() && step_of(line) < first_step;
        drops = drops || !stays;
        if (stays) visit(line);
    }
    return drops;
}

}  // namespace

DeviationLog::DeviationLog(std::string path, std::int64_t first_step, std::size_t n_atomic)
    : path_(std::move(path)),
      header_(header_of(n_atomic > 0)),
      width_(std::size_t(step_width) + (6 + n_atomic) * std::size_t(value_width)) {
    if (first_step > 0 && fs::is_regular_file(path_) && fs::file_size(path_) > 0) resume(first_step);
    else begin();
    check();
}

void DeviationLog::begin() {
    file_.open(path_);
    file_ << header_ << std::endl;
}

/// The rows to keep are written to another file, which then replaces this one: whatever happens, one of the two is
/// complete.
void DeviationLog::resume(std::int64_t first_step) {
    path_ = fs::canonical(path_);  // keeps a link a link
    std::string header, last;
    const bool drops = drops_rows(path_, first_step, [&](const std::string& row) {
        if (header.empty()) header = row;
        last = row;
    });
    if (header != header_ || (last != header_ && last.size() != width_)) {
        put_aside_ = free_name_beside(path_);
        fs::rename(path_, put_aside_);
        return begin();
    }
    if (drops) {
        const fs::path shortened = path_.string() + ".new";
        file_.open(shortened);
        drops_rows(path_, first_step, [&](const std::string& row) { file_ << row << '\n'; });
        file_.close();
        check();
        fs::rename(shortened, path_);
    }
    file_.open(path_, std::ios::in | std::ios::out | std::ios::ate);  // with std::ios::app no row could be replaced
}

void DeviationLog::write(std::int64_t step, const Deviation& virial, const Deviation& force,
                         std::span<const double> of_atoms) {
    std::ostringstream row;
    row << std::scientific << std::setprecision(6) << std::setw(step_width) << step;
    for (const Deviation& d : {virial, force})
        row << std::setw(value_width) << d.max << std::setw(value_width) << d.min << std::setw(value_width) << d.avg;
    for (const double value : of_atoms) row << std::setw(value_width) << value;
    const bool is_again = step == last_step_ && row.view().size() == last_size_;
    if (is_again && last_row_ >= 0) file_.seekp(last_row_);
    last_step_ = step;
    last_size_ = row.view().size();
    last_row_ = file_.tellp();  // -1 where one cannot seek, as in a pipe
    file_ << row.view() << std::endl;
    check();
}

void DeviationLog::check() const {
    if (!file_)
        throw std::runtime_error(path_.string() + ": model deviations cannot be written: " + std::strerror(errno));
}

}  // namespace dpmd::lammps
