#pragma once
// Numbers in files whose least significant byte comes first.
#include <bit>
#include <cstddef>
#include <cstring>
#include <span>

namespace dpmd::importers {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they are");

/// The number that begins at `offset`; all its bytes must be there.
template <class T>
T little_endian(std::span<const std::byte> bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

}  // namespace dpmd::importers
