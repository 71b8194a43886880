#include "io/record_file.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {

std::optional<std::string_view> LineReader::next() {
    if (!std::getline(in_, line_) || in_.eof()) return std::nullopt;
    offset_ += line_.size() + 1;
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

RecordFile::RecordFile(const std::string& path, std::uint64_t keep_bytes) : path_(path), size_(keep_bytes) {
    descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0 || ::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0 ||
        ::lseek(descriptor_, static_cast<off_t>(size_), SEEK_SET) < 0)
        fail("cannot be opened for writing");
}

RecordFile::RecordFile(RecordFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      last_step_(other.last_step_) {}

RecordFile::~RecordFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void RecordFile::fail(const char* what) const {
    throw InputError(concat(path_, ": ", what, ": ", std::strerror(errno)));
}

RecordFile RecordFile::create(const std::string& path, std::string_view header) {
    RecordFile file(path, 0);
    file.append(header);
    return file;
}

RecordFile RecordFile::resume(const std::string& path, std::string_view header, const ReadRecord& read_record,
                              std::int64_t last_step) {
    std::error_code error;
    if (std::filesystem::file_size(path, error) == 0 || error) return create(path, header);
    LineReader lines(path);
    const auto is_ours = [&] {
        for (std::string_view rest = header; !rest.empty();) {
            const std::size_t length = rest.find('\n');
            if (lines.next() != rest.substr(0, length)) return false;
            rest.remove_prefix(length + 1);
        }
        return true;
    };
    const auto foreign = [&] {
        return InputError(concat(path,
                                 ": holds something else than a run like this one writes, so it cannot be continued; "
                                 "move it away or choose another name"));
    };
    if (!is_ours()) throw foreign();
    std::uint64_t keep = lines.offset();
    std::optional<std::int64_t> last_kept;
    for (auto step = read_record(lines); step && *step <= last_step; step = read_record(lines)) {
        last_kept = step;
        keep = lines.offset();
    }
    if (header.empty() && !last_kept) {
        LineReader first(path);
        if (!read_record(first)) throw foreign();
    }
    RecordFile file(path, keep);
    file.last_step_ = last_kept;
    return file;
}

void RecordFile::append(std::string_view record) {
    for (std::size_t done = 0; done < record.size();) {
        const ssize_t n = ::write(descriptor_, record.data() + done, record.size() - done);
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
    size_ += record.size();
}

void RecordFile::sync() {
    if (::fsync(descriptor_) != 0) fail("could not be written to disk");
}

}  // namespace dpmd
