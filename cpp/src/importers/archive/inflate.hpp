#pragma once
// Deflated data (RFC 1951), unpacked.
#include <cstddef>
#include <span>
#include <vector>

namespace dpmd::importers {

/// What `packed` unpacks to. Throws InputError when the data are damaged or not `size` bytes; never holds more.
std::vector<std::byte> inflate(std::span<const std::byte> packed, std::size_t size);

}  // namespace dpmd::importers
