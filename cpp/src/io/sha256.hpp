#pragma once
// SHA-256 (FIPS 180-4): names the content of a file so that no other content has the name.
#include <cstddef>
#include <span>
#include <string>

namespace dpmd {

/// The hash as 64 lower-case hexadecimal digits.
std::string sha256(std::span<const std::byte> bytes);

}  // namespace dpmd
