#include "engine/conversion/work_folder.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "work-";
constexpr std::chrono::hours longest_life{24};

void remove_abandoned(const fs::path& parent) {
    std::error_code ignored;
    const auto oldest = fs::file_time_type::clock::now() - longest_life;
    for (const auto& entry : fs::directory_iterator(parent, ignored))
        if (entry.path().filename().string().starts_with(prefix) && entry.last_write_time(ignored) < oldest)
            fs::remove_all(entry.path(), ignored);
}

[[noreturn]] void fail(const fs::path& file) {
    throw InputError(concat(file.string(), ": cannot be written: ", std::strerror(errno),
                            "; name another folder for such files in DPMD_CACHE"));
}

}  // namespace

WorkFolder::WorkFolder(const fs::path& parent) {
    remove_abandoned(parent);
    std::string pattern = (parent / concat(prefix, "XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr) fail(parent);
    path_ = pattern;
}

WorkFolder::~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

fs::path WorkFolder::write(const fs::path& name, std::span<const std::byte> content) const {
    fs::path file = path_ / name;
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0) fail(file);
    for (std::span<const std::byte> rest = content; !rest.empty();) {
        const ssize_t n = ::write(descriptor, rest.data(), rest.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            const int reason = errno;
            ::close(descriptor);
            errno = reason;
            fail(file);
        }
        rest = rest.subspan(std::size_t(n));
    }
    if (::close(descriptor) != 0) fail(file);
    return file;
}

}  // namespace dpmd
