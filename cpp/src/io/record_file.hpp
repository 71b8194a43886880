#pragma once
// A text file that grows by whole records (frames of a trajectory, rows of a log), each belonging to a step.
#include <cstdint>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dpmd {

/// Complete lines of a file, one after the other; a last line without its end does not count.
class LineReader {
public:
    explicit LineReader(const std::string& path) : in_(path, std::ios::binary) {}
    std::optional<std::string_view> next();
    bool skip(std::int64_t n_lines);
    /// Where the next line begins, bytes.
    std::uint64_t offset() const { return offset_; }

private:
    std::ifstream in_;
    std::string line_;
    std::uint64_t offset_ = 0;
};

/// An integer that fills the whole text.
std::optional<std::int64_t> parse_integer(std::string_view text);

class RecordFile {
public:
    /// Reads one record; its step, or nothing when it is not whole.
    using ReadRecord = std::function<std::optional<std::int64_t>(LineReader&)>;

    /// Starts the file anew with `header`.
    static RecordFile create(const std::string& path, std::string_view header);
    /// Keeps `header` and the whole records up to `last_step`, cuts off what follows, and continues there; a file that
    /// is not there is created. InputError when the file holds something else.
    static RecordFile resume(const std::string& path, std::string_view header, const ReadRecord& read_record,
                             std::int64_t last_step);
    RecordFile(RecordFile&& other) noexcept;
    RecordFile& operator=(RecordFile&&) = delete;
    ~RecordFile();

    /// The step of the last record that was kept, if any.
    std::optional<std::int64_t> last_step() const { return last_step_; }
    /// Appends the record whole; when that fails, takes back what was written and throws InputError.
    void append(std::string_view record);
    /// Returns when the content is on disk.
    void sync();

private:
    RecordFile(const std::string& path, std::uint64_t keep_bytes);
    [[noreturn]] void fail(const char* what) const;

    std::string path_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    std::optional<std::int64_t> last_step_;
};

}  // namespace dpmd
