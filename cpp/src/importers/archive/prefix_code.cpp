#include "importers/archive/prefix_code.hpp"

#include "dpmd/errors.hpp"

namespace dpmd::importers {

namespace {

/// The lowest bits in reverse order: codes begin with their highest bit.
std::uint32_t reversed(std::uint32_t code, int length) {
    std::uint32_t out = 0;
    for (int k = 0; k < length; ++k) out |= ((code >> k) & 1u) << (length - 1 - k);
    return out;
}

}  // namespace

PrefixCode::PrefixCode(std::span<const std::uint8_t> lengths, bool may_be_partial) {
    for (const std::uint8_t length : lengths) ++count_[length];
    count_[0] = 0;
    int left = 1, n_codes = 0;  // codes of the present length that are not the beginning of a shorter one
    std::array<std::uint16_t, longest + 1> first_code{}, first_place{};
    for (std::size_t length = 1; length <= longest; ++length) {
        first_code[length] = std::uint16_t((first_code[length - 1] + count_[length - 1]) << 1);
        first_place[length] = std::uint16_t(n_codes);
        left = 2 * left - count_[length];
        if (left < 0) throw InputError("a code of the compressed data has too many symbols");
        n_codes += count_[length];
    }
    const bool is_partial = n_codes == 0 || (n_codes == 1 && count_[1] == 1);
    if (left > 0 && !(may_be_partial && is_partial))
        throw InputError("a code of the compressed data has too few symbols");

    std::array<std::uint16_t, longest + 1> used{};
    for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
        const std::size_t length = lengths[symbol];
        if (length == 0) continue;
        const std::uint16_t nth = used[length]++;
        by_code_[first_place[length] + nth] = std::uint16_t(symbol);
        if (length > table_bits) continue;
        const std::uint32_t start = reversed(std::uint32_t(first_code[length] + nth), int(length));
        for (std::size_t k = start; k < table_.size(); k += std::size_t(1) << length)
            table_[k] = {std::uint16_t(symbol), std::uint8_t(length)};
    }
}

int PrefixCode::decode_long(BitReader& bits) const {
    int code = 0, first = 0, place = 0;
    const std::uint32_t next = bits.peek(longest);
    for (int length = 1; length <= longest; ++length) {
        code |= int((next >> (length - 1)) & 1u);
        const int count = count_[std::size_t(length)];
        if (code - first < count) {
            bits.drop(length);
            return by_code_[std::size_t(place + code - first)];
        }
        place += count;
        first = (first + count) << 1;
        code <<= 1;
    }
    throw InputError("the compressed data hold bits that no symbol has");
}

}  // namespace dpmd::importers
