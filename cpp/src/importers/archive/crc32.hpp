#pragma once
// The checksum of zip archives: CRC-32 with the polynomial 0xEDB88320.
#include <cstddef>
#include <cstdint>
#include <span>

namespace dpmd::importers {

std::uint32_t crc32(std::span<const std::byte> bytes);

}  // namespace dpmd::importers
