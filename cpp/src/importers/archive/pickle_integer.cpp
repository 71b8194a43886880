#include "importers/archive/pickle_integer.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace dpmd::importers {

namespace {

/// The digits of a number whose absolute value is given, the least significant byte first.
std::string decimal(std::string magnitude, bool is_negative) {
    std::string digits;
    while (!magnitude.empty()) {
        unsigned rest = 0;
        for (auto byte = magnitude.rbegin(); byte != magnitude.rend(); ++byte) {
            const unsigned value = rest << 8 | static_cast<unsigned char>(*byte);
            *byte = static_cast<char>(value / 10);
            rest = value % 10;
        }
        digits += static_cast<char>('0' + rest);
        while (!magnitude.empty() && magnitude.back() == 0) magnitude.pop_back();
    }
    if (is_negative) digits += '-';
    std::reverse(digits.begin(), digits.end());
    return digits;
}

}  // namespace

Pickled pickled_integer(std::string_view bytes, PickleStore& store) {
    const bool is_negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80u) != 0;
    const char filling = is_negative ? '\xff' : '\0';
    // bytes that only repeat the sign
    while (bytes.size() > 8 && bytes.back() == filling) bytes.remove_suffix(1);
    const bool has_sign = bytes.size() < 9 && (bytes.size() < 8 || ((static_cast<unsigned char>(bytes[7]) & 0x80u) != 0) == is_negative);
    if (has_sign) {
        std::uint64_t value = is_negative ? ~std::uint64_t(0) : 0;
        for (std::size_t k = bytes.size(); k-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[k]);
        return std::int64_t(value);
    }
    std::string magnitude(bytes);
    if (is_negative) {
        bool carry = true;  // two's complement: all bits turned, plus one
        for (char& c : magnitude) {
            const unsigned value = (~static_cast<unsigned char>(c) & 0xFFu) + (carry ? 1u : 0u);
            carry = value > 0xFFu;
            c = static_cast<char>(value & 0xFFu);
        }
    }
    return store.integer(decimal(std::move(magnitude), is_negative));
}

}  // namespace dpmd::importers
