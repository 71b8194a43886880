#pragma once
// A zip archive from elsewhere, within the budget of the file. PyTorch compresses neither pickles nor documents; others,
// who pack its files anew, may deflate the latter.
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importers/archive/zip_directory.hpp"
#include "importers/limits.hpp"

namespace dpmd::importers {

class ZipArchive {
public:
    /// `content` and `budget` must outlive the archive; messages call it `path`. Throws InputError for what is no zip
    /// archive, for a truncated one, and for one whose entries overlap or have the same name.
    ZipArchive(std::span<const std::byte> content, std::string path, Budget& budget);

    const std::string& path() const { return path_; }
    /// The names of the entries, in the order of the archive's directory.
    std::vector<std::string_view> names() const;
    bool holds(std::string_view name) const;
    /// The bytes that an entry declares. Throws InputError where there is no such entry.
    std::uint64_t size(std::string_view name) const;
    /// Throws InputError for an entry so many times as large as its file: it is made to cost more.
    void require_size(std::string_view name, std::uint64_t times_file) const;
    /// The content of an entry, after its declared size is accounted for; it is there as long as the archive and
    /// `content`. Throws InputError where it is missing, damaged or compressed in another way.
    std::span<const std::byte> read(std::string_view name);

private:
    std::string place(std::string_view name) const;
    std::size_t find(std::string_view name) const;
    std::span<const std::byte> unpacked(const ZipEntry& entry);

    std::span<const std::byte> content_;
    std::string path_;
    Budget* budget_;
    std::vector<ZipEntry> entries_;
    std::vector<std::size_t> by_name_;                        ///< the entries in the order of their names
    std::map<std::string_view, std::span<const std::byte>> read_;  ///< what was read before
    std::vector<std::vector<std::byte>> inflated_;            ///< what is not in `content` as it is
};

}  // namespace dpmd::importers
