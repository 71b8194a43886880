#include "core/utf8.hpp"

namespace dpmd {

std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0u; };
    const auto follows = [&](std::size_t k) { return (byte(k) & 0xC0u) == 0x80u; };
    const unsigned first = byte(0), second = byte(1);
    if (text.empty()) return 0;
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first < 0xE0 && follows(1)) return 2;
    if (first >= 0xE0 && first < 0xF0 && follows(1) && follows(2) && !(first == 0xE0 && second < 0xA0) &&
        !(first == 0xED && second >= 0xA0))
        return 3;
    if (first >= 0xF0 && first < 0xF5 && follows(1) && follows(2) && follows(3) && !(first == 0xF0 && second < 0x90) &&
        !(first == 0xF4 && second >= 0x90))
        return 4;
    return 0;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t n = utf8_length(text);
        if (n == 0) return false;
        text.remove_prefix(n);
    }
    return true;
}

}  // namespace dpmd
