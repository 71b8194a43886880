#include "core/available_memory.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>

#include "core/text.hpp"

namespace dpmd {
namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

/// The number after a word that begins a line ("MemAvailable:"), or `otherwise`.
std::size_t number_of(const std::string& file, const std::string& key, std::size_t otherwise) {
    std::ifstream lines(file);
    std::string word;
    while (lines >> word) {
        std::size_t value = 0;
        if (word == key && lines >> value) return value;
        lines.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return otherwise;
}

/// The only number in a file; "max" and a missing file mean no limit.
std::size_t limit_in(const std::string& file) {
    std::ifstream text(file);
    std::size_t value = 0;
    return text >> value ? value : unlimited;
}

std::size_t free_on_machine() {
    const std::size_t kilobytes = number_of("/proc/meminfo", "MemAvailable:", unlimited);
    if (kilobytes == unlimited) return unlimited;
    return 1024 * (kilobytes + number_of("/proc/meminfo", "SwapFree:", 0));
}

/// What one control group leaves. Cached pages of files count as used there, but are given up when memory is needed.
std::size_t left_in_group(const std::string& folder, const char* limit, const char* usage, const char* file_pages) {
    const std::size_t most = limit_in(folder + limit), used = limit_in(folder + usage);
    if (most >= unlimited / 4 || used == unlimited) return unlimited;
    const std::size_t held = used - std::min(used, number_of(folder + "/memory.stat", file_pages, 0));
    return most - std::min(most, held);
}

/// The least that is left by the control groups (of both versions) of this process and by their parents.
std::size_t left_in_groups() {
    std::size_t least = unlimited;
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const bool is_second_version = second == first + 1;
        if (!is_second_version && line.compare(first + 1, second - first - 1, "memory") != 0) continue;
        for (std::string path = line.substr(second + 1);; path.erase(path.rfind('/'))) {
            const std::string below = path == "/" ? "" : path;
            least = std::min(
                least, is_second_version
                           ? left_in_group("/sys/fs/cgroup" + below, "/memory.max", "/memory.current", "inactive_file")
                           : left_in_group("/sys/fs/cgroup/memory" + below, "/memory.limit_in_bytes",
                                           "/memory.usage_in_bytes", "total_inactive_file"));
            if (below.empty() || path.rfind('/') == std::string::npos) break;
        }
    }
    return least;
}

std::size_t left_of_limits() {
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return unlimited;
    std::ifstream sizes("/proc/self/statm");
    std::size_t pages = 0;
    if (!(sizes >> pages)) return unlimited;
    const std::size_t used = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)), most = limit.rlim_cur;
    return most - std::min(most, used);
}

}  // namespace

std::size_t available_memory() { return std::min({free_on_machine(), left_in_groups(), left_of_limits()}); }

std::string memory_text(double bytes) {
    const char* const units[] = {" kB", " MB", " GB", " TB", " PB"};
    std::size_t unit = 0;
    for (bytes /= 1e3; bytes >= 999.5 && unit + 1 < std::size(units); ++unit) bytes /= 1e3;
    const double step = bytes < 10 ? 10 : 1;  // one decimal below ten
    return concat(std::round(bytes * step) / step, units[unit]);
}

}  // namespace dpmd
