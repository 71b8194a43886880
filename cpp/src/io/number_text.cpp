#include "io/number_text.hpp"

#include <string_view>

namespace dpmd {
namespace {

constexpr int least_exponent = -4, first_long_exponent = 16;  // outside of them, numbers are written with exponents

}  // namespace

void append_real(std::string& out, double value) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    std::string_view shortest(text, std::size_t(end - text));  // d.ddde[+-]dd
    const std::size_t mark = shortest.find('e');
    int exponent = 0;
    std::from_chars(text + mark + (shortest[mark + 1] == '+' ? 2 : 1), end, exponent);
    if (exponent < least_exponent || exponent >= first_long_exponent) {
        out += shortest;
        return;
    }
    if (shortest.starts_with('-')) out += '-';
    std::string digits;
    for (const char c : shortest.substr(0, mark))
        if (c >= '0' && c <= '9') digits += c;
    if (exponent < 0) {
        out += "0.";
        out.append(std::size_t(-exponent - 1), '0');
        out += digits;
        return;
    }
    const auto n_whole = std::size_t(exponent) + 1;
    if (digits.size() < n_whole) digits.append(n_whole - digits.size(), '0');
    out.append(digits, 0, n_whole);
    out += '.';
    out += digits.size() > n_whole ? digits.substr(n_whole) : "0";
}

}  // namespace dpmd
