#pragma once
// The bits of a deflated stream, the least significant bit of each byte first.
#include <cstddef>
#include <cstdint>
#include <span>

#include "dpmd/errors.hpp"

namespace dpmd::importers {

class BitReader {
public:
    explicit BitReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    /// The next bits, 15 at most, without moving on; bits beyond the end are 0.
    std::uint32_t peek(int n) {
        if (held_ < n) refill();
        return std::uint32_t(bits_ & ((std::uint64_t(1) << n) - 1));
    }
    /// Moves on over bits that were looked at. Throws InputError beyond the end.
    void drop(int n) {
        if (n > held_) throw InputError("the compressed data end early");
        bits_ >>= n;
        held_ -= n;
    }
    std::uint32_t take(int n) {
        const std::uint32_t bits = peek(n);
        drop(n);
        return bits;
    }
    /// The next whole bytes, after the rest of the current one. Throws InputError beyond the end.
    std::span<const std::byte> take_bytes(std::size_t n) {
        next_ -= std::size_t(held_ / 8);  // they were read ahead
        bits_ = 0;
        held_ = 0;
        if (n > bytes_.size() - next_) throw InputError("the compressed data end early");
        next_ += n;
        return bytes_.subspan(next_ - n, n);
    }

private:
    void refill() {
        for (; held_ <= 56 && next_ < bytes_.size(); held_ += 8)
            bits_ |= std::to_integer<std::uint64_t>(bytes_[next_++]) << held_;
    }

    std::span<const std::byte> bytes_;
    std::size_t next_ = 0;    ///< the first byte that is not in bits_
    std::uint64_t bits_ = 0;  ///< read ahead; unused ones are 0
    int held_ = 0;            ///< how many bits that are
};

}  // namespace dpmd::importers
