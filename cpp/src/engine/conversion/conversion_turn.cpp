#include "engine/conversion/conversion_turn.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

constexpr std::size_t longest_text = 4096;

}  // namespace

ConversionTurn::ConversionTurn(std::filesystem::path file, std::chrono::seconds longest) : file_(std::move(file)) {
    descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (descriptor_ < 0) throw InputError(concat(file_.string(), ": cannot be written: ", std::strerror(errno)));
    const bool has_waited = take(longest);
    if (is_taken_ && has_waited) failure_before_ = text();  // which stays for those who still wait
    else tell_failure("");                                  // of a process that has died
}

ConversionTurn::~ConversionTurn() {
    // whoever waits has the file open, and finds in it what was told
    if (is_taken_ && is_in_place()) ::unlink(file_.c_str());
    ::close(descriptor_);
}

/// Whether it had to wait.
bool ConversionTurn::take(std::chrono::seconds longest) {
    const auto end = std::chrono::steady_clock::now() + longest;
    bool has_waited = false;
    while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        const bool is_busy = errno == EWOULDBLOCK || errno == EINTR;
        if (!is_busy || std::chrono::steady_clock::now() > end) return has_waited;
        has_waited = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    is_taken_ = true;
    return has_waited;
}

void ConversionTurn::tell_failure(const std::string& why) const noexcept {
    if (!is_taken_) return;
    const std::size_t n = std::min(why.size(), longest_text);
    if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, why.data(), n, 0) != ssize_t(n))
        return;  // those who wait will try themselves
}

std::string ConversionTurn::text() const {
    std::array<char, longest_text> room{};
    const ssize_t n = ::pread(descriptor_, room.data(), room.size(), 0);
    return {room.data(), std::size_t(std::max<ssize_t>(n, 0))};
}

bool ConversionTurn::is_in_place() const {
    struct stat mine {
    }, there{};
    return ::fstat(descriptor_, &mine) == 0 && ::stat(file_.c_str(), &there) == 0 && mine.st_dev == there.st_dev &&
           mine.st_ino == there.st_ino;
}

}  // namespace dpmd
