#pragma once
// A place for the files of one conversion.
#include <cstddef>
#include <filesystem>
#include <span>

namespace dpmd {

/// A new folder that only its owner may enter, removed with what is in it. Those of processes that were killed are
/// removed when another one is made a day later.
class WorkFolder {
public:
    /// Throws InputError where it cannot be made in `parent`.
    explicit WorkFolder(const std::filesystem::path& parent);
    ~WorkFolder();
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;

    std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }
    /// Writes a new file that only its owner may read. Throws InputError where that fails.
    std::filesystem::path write(const std::filesystem::path& name, std::span<const std::byte> content) const;

private:
    std::filesystem::path path_;
};

}  // namespace dpmd
