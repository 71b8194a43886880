#include "io/record_file.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <span>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/regular_file.hpp"

namespace dpmd {

std::optional<std::string_view> LineReader::next() {
    if (!std::getline(in_, line_) || in_.eof()) {
        has_ended_ = true;
        return std::nullopt;
    }
    offset_ += line_.size() + 1;
    ++n_lines_;
    return line_;
}

bool LineReader::skip(std::int64_t n_lines) {
    for (std::int64_t k = 0; k < n_lines; ++k)
        if (!next()) return false;
    return true;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

RecordFile::RecordFile(const std::string& path, std::uint64_t keep_bytes, const Checksum& checksum)
    : path_(path), size_(keep_bytes), checksum_(checksum) {
    require_regular_or_new(path);
    descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0 || ::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0 ||
        ::lseek(descriptor_, static_cast<off_t>(size_), SEEK_SET) < 0)
        fail("cannot be opened for writing");
}

RecordFile::RecordFile(RecordFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      checksum_(other.checksum_),
      last_step_(other.last_step_) {}

RecordFile::~RecordFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void RecordFile::fail(const char* what) const {
    throw InputError(concat(path_, ": ", what, ": ", std::strerror(errno)));
}

RecordFile RecordFile::create(const std::string& path, std::string_view header) {
    RecordFile file(path, 0, Checksum());
    file.write(header);
    return file;
}

void RecordFile::append(std::int64_t step, std::string_view record) {
    write(record);
    last_step_ = step;
}

void RecordFile::write(std::string_view text) {
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t n = ::write(descriptor_, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            const int reason = errno;
            const bool taken_back = ::ftruncate(descriptor_, static_cast<off_t>(size_)) == 0 &&
                                    ::lseek(descriptor_, static_cast<off_t>(size_), SEEK_SET) >= 0;
            errno = reason;
            fail(taken_back ? "could not be written (what it held before is whole)" : "could not be written");
        }
        done += static_cast<std::size_t>(n);
    }
    size_ += text.size();
    checksum_.add(std::as_bytes(std::span(text)));
}

void RecordFile::sync() {
    if (::fsync(descriptor_) != 0) fail("could not be written to disk");
}

}  // namespace dpmd
