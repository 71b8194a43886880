#pragma once
// The prefix codes (Huffman codes) of deflated streams.
#include <array>
#include <cstdint>
#include <span>

#include "importers/archive/bit_reader.hpp"

namespace dpmd::importers {

class PrefixCode {
public:
    /// `lengths` has the number of bits for each symbol, 15 at most; 0: it does not occur. Shorter codes come first, and
    /// of codes of one length the one of the smaller symbol. Throws InputError unless every sequence of bits is the
    /// beginning of one code. With `may_be_partial`, a single code of one bit will do, or none at all.
    explicit PrefixCode(std::span<const std::uint8_t> lengths, bool may_be_partial);

    /// The next symbol. Throws InputError for bits that no symbol has.
    int decode(BitReader& bits) const {
        const Entry entry = table_[bits.peek(table_bits)];
        if (entry.length == 0) return decode_long(bits);
        bits.drop(entry.length);
        return entry.symbol;
    }

private:
    static constexpr int longest = 15;
    static constexpr int table_bits = 10;
    static constexpr int most_symbols = 288;

    struct Entry {
        std::uint16_t symbol = 0;
        std::uint8_t length = 0;  ///< 0: the code is longer than the table's index, or there is none
    };

    int decode_long(BitReader& bits) const;

    std::array<Entry, 1 << table_bits> table_{};           ///< by the next bits
    std::array<std::uint16_t, longest + 1> count_{};       ///< the number of codes of each length
    std::array<std::uint16_t, most_symbols> by_code_{};    ///< the symbols in the order of their codes
};

}  // namespace dpmd::importers
