#pragma once
// A checksum of bytes: FNV-1a, 64 bits. It finds damage, not malice.
#include <cstddef>
#include <cstdint>
#include <span>

namespace dpmd {

class Checksum {
public:
    void add(std::span<const std::byte> bytes) {
        for (const std::byte b : bytes) hash_ = (hash_ ^ std::to_integer<std::uint64_t>(b)) * 0x100000001b3u;
    }
    std::uint64_t value() const { return hash_; }

private:
    std::uint64_t hash_ = 0xcbf29ce484222325u;
};

}  // namespace dpmd
