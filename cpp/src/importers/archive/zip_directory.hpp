#pragma once
// The directory at the end of a zip archive.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace dpmd::importers {

/// An entry of the directory. `name` and `data` are parts of the file.
struct ZipEntry {
    std::string_view name;
    std::uint16_t flags = 0;
    std::uint16_t method = 0;  ///< of compression
    std::uint32_t crc = 0;     ///< of what `data` unpacks to
    std::uint64_t size = 0;    ///< what it declares that `data` unpacks to, bytes
    std::span<const std::byte> data;
};

/// The entries in the order of the directory. Throws InputError where the directory or an entry reaches beyond the file,
/// where entries overlap, or where two have one name. Nothing but the directory says how large an entry is.
std::vector<ZipEntry> read_zip_directory(std::span<const std::byte> file);

}  // namespace dpmd::importers
