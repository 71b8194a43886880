#include "io/regular_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

const char* kind_of(mode_t mode) {
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a fifo";
    if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
    if (S_ISSOCK(mode)) return "a socket";
    return "none that can be read";
}

/// An open regular file.
class RegularFile {
public:
    explicit RegularFile(const std::string& path) : path_(path) {
        struct stat info {};
        // opening a device may have side effects
        if (::stat(path.c_str(), &info) == 0) require_regular(info);
        descriptor_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (descriptor_ < 0 || ::fstat(descriptor_, &info) != 0)
            throw InputError(concat(path, ": cannot be opened: ", std::strerror(errno)));
        require_regular(info);
        size_ = static_cast<std::uint64_t>(info.st_size);
    }
    ~RegularFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    RegularFile(const RegularFile&) = delete;
    RegularFile& operator=(const RegularFile&) = delete;

    std::uint64_t size() const { return size_; }

    void read(char* to, std::size_t n) const {
        while (n > 0) {
            const ssize_t got = ::read(descriptor_, to, n);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0)
                throw InputError(concat(path_, ": could not be read to its end",
                                        got < 0 ? concat(": ", std::strerror(errno)) : std::string()));
            to += got;
            n -= static_cast<std::size_t>(got);
        }
    }

private:
    void require_regular(const struct stat& info) const {
        if (!S_ISREG(info.st_mode))
            throw InputError(concat(path_, ": is ", kind_of(info.st_mode), ", not a file; give a regular file"));
    }

    const std::string& path_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
};

}  // namespace

std::vector<std::byte> read_regular_file(const std::string& path, std::uint64_t most_bytes) {
    const RegularFile file(path);
    if (file.size() > most_bytes)
        throw InputError(
            concat(path, ": has ", file.size(), " bytes, more than the ", most_bytes, " that dpmd reads of its kind"));
    std::vector<std::byte> content(static_cast<std::size_t>(file.size()));
    file.read(reinterpret_cast<char*>(content.data()), content.size());
    return content;
}

void require_regular_or_new(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
        throw InputError(
            concat(path, ": is ", kind_of(info.st_mode), ", not a file; give a regular file or a new name"));
}

}  // namespace dpmd
