// Continuing a file of records: its contents are checked before anything is cut off, and what is cut off is kept.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>

#include <fcntl.h>
#include <unistd.h>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/record_file.hpp"
#include "io/regular_file.hpp"

namespace dpmd {
namespace {

constexpr std::size_t block_bytes = std::size_t(1) << 20;

/// The checksum of the first bytes of a file, or of all where it is shorter.
Checksum checksum_of(const std::string& path, std::uint64_t n_bytes) {
    Checksum checksum;
    std::ifstream in(path, std::ios::binary);
    std::vector<char> block(block_bytes);
    for (std::uint64_t left = n_bytes; left > 0;) {
        in.read(block.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(left, block.size())));
        const auto n = static_cast<std::size_t>(in.gcount());
        if (n == 0) break;
        checksum.add(std::as_bytes(std::span(block.data(), n)));
        left -= n;
    }
    return checksum;
}

bool has_header(LineReader& lines, std::string_view header) {
    while (!header.empty()) {
        const std::size_t length = header.find('\n');
        if (lines.next() != header.substr(0, length)) return false;
        header.remove_prefix(length + 1);
    }
    return true;
}

/// What follows `offset`: "3 frames", or the number of bytes where there is no whole record.
std::string describe_tail(const std::string& path, const RecordFormat& format, std::uint64_t offset,
                          std::uint64_t n_bytes) {
    LineReader lines(path, offset);
    std::int64_t n = 0;
    while (format.read(lines)) ++n;
    return n == 0 ? concat(n_bytes - offset, " bytes") : concat(n, " ", format.noun, n == 1 ? "" : "s");
}

/// Appends what follows `offset` to another file, and returns when it is on disk.
class Tail {
public:
    Tail(const std::string& path, std::uint64_t offset) : cut_(path + ".cut") {
        require_regular_or_new(cut_);
        std::ifstream in(path, std::ios::binary);
        in.seekg(static_cast<std::streamoff>(offset));
        std::error_code error;
        const auto there = std::filesystem::symlink_status(cut_, error);
        if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there))
            throw InputError(
                concat(cut_, ": what would be cut off is kept there, and this is no regular file; move it away"));
        constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
        out_ = ::open(cut_.c_str(), flags, 0666);
        if (out_ < 0) fail();
        std::vector<char> block(block_bytes);
        while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0)
            put(block.data(), static_cast<std::size_t>(in.gcount()));
        if (::fsync(out_) != 0) fail();
    }
    ~Tail() {
        if (out_ >= 0) ::close(out_);
    }
    Tail(const Tail&) = delete;
    Tail& operator=(const Tail&) = delete;

private:
    void put(const char* data, std::size_t n_bytes) {
        for (std::size_t done = 0; done < n_bytes;) {
            const ssize_t n = ::write(out_, data + done, n_bytes - done);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) fail();
            done += static_cast<std::size_t>(n);
        }
    }
    [[noreturn]] void fail() const {
        throw InputError(concat(cut_, ": what would be cut off could not be kept there: ", std::strerror(errno)));
    }

    std::string cut_;
    int out_ = -1;
};

/// How the file differs from its state at the mark, and where.
std::string difference(const std::string& path, const RecordFormat& format, const FileMark& mark) {
    const RecordScan scan = scan_records(path, format);
    const std::string after =
        scan.steps.empty() ? "" : concat(" after the ", format.noun, " of step ", scan.steps.back());
    if (scan.damage && scan.n_whole_bytes < mark.n_bytes) return *scan.damage;
    if (scan.n_bytes < mark.n_bytes)
        return concat("it ends", after, " with ", scan.n_bytes, " bytes, but had ", mark.n_bytes,
                      mark.last_step ? concat(" and step ", *mark.last_step) : "");
    return concat("its first ", mark.n_bytes, " bytes are not those that the run wrote (their checksum differs)");
}

}  // namespace

RecordScan scan_records(const std::string& path, const RecordFormat& format, std::uint64_t n_checksum_bytes) {
    require_regular_or_new(path);
    RecordScan out;
    std::error_code error;
    out.n_bytes = std::filesystem::file_size(path, error);
    if (error) throw InputError(concat(path, ": cannot be read: ", error.message()));
    out.checksum = checksum_of(path, n_checksum_bytes).value();
    LineReader lines(path);
    if (!has_header(lines, format.header)) {
        if (!lines.has_ended()) out.damage = "it does not begin as a run's file does";
        return out;
    }
    while (true) {
        out.n_whole_bytes = lines.offset();
        const std::int64_t line = lines.n_lines() + 1;
        const auto record = format.read(lines);
        if (!record) {
            if (!lines.has_ended())
                out.damage = concat(
                    "at line ", line, ", byte ", out.n_whole_bytes, ", ",
                    out.steps.empty() ? "" : concat("behind the ", format.noun, " of step ", out.steps.back(), ", "),
                    "there is no whole ", format.noun);
            return out;
        }
        out.steps.push_back(record->step);
        if (record->run_id && std::find(out.run_ids.begin(), out.run_ids.end(), *record->run_id) == out.run_ids.end())
            out.run_ids.push_back(*record->run_id);
    }
}

RecordFile RecordFile::resume(const std::string& path, const RecordFormat& format, const FileMark& mark,
                              std::vector<std::string>& notes) {
    require_regular_or_new(path);
    std::error_code error;
    const std::uint64_t n_bytes = std::filesystem::file_size(path, error);
    if (error == std::errc::no_such_file_or_directory) {
        notes.push_back(concat(path, ": is not there any more; a new one begins"));
        return create(path, format.header);
    }
    if (error) throw InputError(concat(path, ": cannot be continued: ", error.message()));  // a folder, a pipe
    const Checksum checksum = checksum_of(path, mark.n_bytes);
    if (n_bytes < mark.n_bytes || checksum.value() != mark.checksum)
        throw InputError(concat(path, ": is not what it was at the checkpoint: ", difference(path, format, mark),
                                "; put it back from a copy, or move it away and a new file begins at the checkpoint, "
                                "or start the run anew"));
    if (LineReader lines(path); mark.n_bytes > 0 && !has_header(lines, format.header))
        throw InputError(concat(path,
                                ": begins otherwise than these settings would write it, so it cannot be continued with "
                                "them; restore what decides its columns, or move it away and a new file begins at the "
                                "checkpoint"));
    if (n_bytes > mark.n_bytes) {
        notes.push_back(concat(path, ": ", describe_tail(path, format, mark.n_bytes, n_bytes),
                               " behind the checkpoint are kept in ", path, ".cut"));
        const Tail kept(path, mark.n_bytes);
    }
    RecordFile file(path, mark.n_bytes, checksum);
    file.last_step_ = mark.last_step;
    return file;
}

}  // namespace dpmd
