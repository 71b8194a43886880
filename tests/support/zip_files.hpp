#pragma once
// Zip archives, written byte by byte, right or wrong.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "importers/archive/crc32.hpp"

namespace dpmd::testing {

/// An entry; what is not given is right for its content.
struct ZipPart {
    std::string name, content;
    std::uint16_t method = 0;
    std::optional<std::uint32_t> size = {}, crc = {}, offset = {};
    std::uint16_t flags = 0;
    std::string extra = {};  ///< of the directory
};

/// The bytes of a number, the least significant first.
template <class T>
std::string little_endian_bytes(T value) {
    std::string out;
    for (std::size_t k = 0; k < sizeof(T); ++k) out += static_cast<char>(value >> (8 * k) & 0xFFu);
    return out;
}

/// Numbers of the widths that they have there.
template <class... T>
std::string record(const T&... numbers) {
    return (little_endian_bytes(numbers) + ...);
}

using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

inline std::span<const std::byte> raw_bytes(const std::string& text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// The part of an entry's record that its header and the directory have in common.
inline std::string common_record(const ZipPart& part) {
    const auto n = U32(part.content.size());
    return record(U16(20), part.flags, part.method, U32(0),
                  part.crc.value_or(importers::crc32(raw_bytes(part.content))), n, part.size.value_or(n),
                  U16(part.name.size()));
}

/// Whether sizes and places at the end have 64 bits.
enum class ZipEnd { narrow, wide };

inline std::string zip_file(const std::vector<ZipPart>& parts, ZipEnd end = ZipEnd::narrow) {
    std::string file, directory;
    for (const ZipPart& part : parts) {
        const U32 offset = part.offset.value_or(U32(file.size()));
        file += record(U32(0x04034b50)) + common_record(part) + record(U16(0)) + part.name + part.content;
        directory += record(U32(0x02014b50), U16(20)) + common_record(part) +
                     record(U16(part.extra.size()), U16(0), U16(0), U16(0), U32(0), offset) + part.name + part.extra;
    }
    const auto n = parts.size(), at = file.size();
    file += directory;
    if (end == ZipEnd::wide) {
        const U64 here = file.size();
        file += record(U32(0x06064b50), U64(44), U16(45), U16(45), U32(0), U32(0), U64(n), U64(n),
                       U64(directory.size()), U64(at));
        file += record(U32(0x07064b50), U32(0), here, U32(1));
    }
    const bool is_wide = end == ZipEnd::wide;
    return file + record(U32(0x06054b50), U16(0), U16(0), U16(n), U16(n), is_wide ? ~U32(0) : U32(directory.size()),
                         is_wide ? ~U32(0) : U32(at), U16(0));
}

}  // namespace dpmd::testing
