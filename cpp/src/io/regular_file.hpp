#pragma once
// Opening files safely: only regular ones and, for reading, only up to a size. A path may name a pipe that nobody
// writes to, or /dev/zero: opening or reading such a file may never end.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace dpmd {

constexpr std::uint64_t max_model_bytes = std::uint64_t(1) << 30;
constexpr std::uint64_t any_size = std::numeric_limits<std::uint64_t>::max();

/// The bytes of a file. Throws InputError when it cannot be read, is not a regular file, or is larger than
/// `most_bytes`.
std::vector<std::byte> read_regular_file(const std::string& path, std::uint64_t most_bytes = any_size);

/// Throws InputError where the path names a device, a fifo, a socket or a folder: writing to it may never end, and a
/// file put in its place would remove it.
void require_regular_or_new(const std::string& path);

}  // namespace dpmd
