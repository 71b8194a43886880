#pragma once
// A text file that grows by whole records (frames of a trajectory, rows of a log), each belonging to a step.
#include <cstdint>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/checksum.hpp"
#include "dpmd/run_files.hpp"

namespace dpmd {

/// Reads the complete lines of a file, one after the other; a last line without a newline does not count.
class LineReader {
public:
    /// Starts at `offset`, where a line begins.
    explicit LineReader(const std::string& path, std::uint64_t offset = 0)
        : in_(path, std::ios::binary), offset_(offset) {
        in_.seekg(static_cast<std::streamoff>(offset));
    }
    std::optional<std::string_view> next();
    bool skip(std::int64_t n_lines);
    /// Where the next line begins, bytes from the beginning of the file.
    std::uint64_t offset() const { return offset_; }
    std::int64_t n_lines() const { return n_lines_; }
    /// Whether there was no further complete line.
    bool has_ended() const { return has_ended_; }

private:
    std::ifstream in_;
    std::string line_;
    std::uint64_t offset_;
    std::int64_t n_lines_ = 0;
    bool has_ended_ = false;
};

/// The integer that the whole text is, if it is one.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// What is read from a record.
struct Record {
    std::int64_t step;
    std::optional<std::int64_t> run_id;  ///< of the run that wrote it, where the format stores it
};

/// What a file of records looks like.
struct RecordFormat {
    std::string header;     ///< the whole lines at its beginning
    std::string_view noun;  ///< what a record is called: "frame", "row"
    /// Reads one record; returns nothing when it is incomplete.
    std::function<std::optional<Record>(LineReader&)> read;
};

/// Throws InputError when the file cannot be read.
RecordScan scan_records(const std::string& path, const RecordFormat& format, std::uint64_t n_checksum_bytes = 0);

class RecordFile {
public:
    /// Starts the file anew with `header`.
    static RecordFile create(const std::string& path, std::string_view header);
    /// Continues a file at its mark, after checking that everything before it is unchanged. Whatever follows the mark
    /// is moved to the end of `path`.cut; a missing file is begun anew. Either way a line about it is added to `notes`.
    /// Throws InputError when the file differs before the mark, saying where, and what can be done about it; then
    /// nothing has been changed.
    static RecordFile resume(const std::string& path, const RecordFormat& format, const FileMark& mark,
                             std::vector<std::string>& notes);
    RecordFile(RecordFile&& other) noexcept;
    RecordFile& operator=(RecordFile&&) = delete;
    ~RecordFile();

    /// The present state of the file, under its own path.
    FileMark mark() const { return {path_, size_, checksum_.value(), last_step_}; }
    /// Appends the whole record; when that fails, removes what was written and throws InputError.
    void append(std::int64_t step, std::string_view record);
    /// Returns when the content is on disk.
    void sync();

private:
    RecordFile(const std::string& path, std::uint64_t keep_bytes, const Checksum& checksum);
    void write(std::string_view text);
    [[noreturn]] void fail(const char* what) const;

    std::string path_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    Checksum checksum_;
    std::optional<std::int64_t> last_step_;
};

}  // namespace dpmd
