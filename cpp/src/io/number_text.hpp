#pragma once
// Numbers as the shortest text that reads back to the same bits.
#include <charconv>
#include <cstdint>
#include <string>

namespace dpmd {

inline void append_number(std::string& out, double value) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    out.append(text, end);
}

inline void append_number(std::string& out, std::int64_t value) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    out.append(text, end);
}

/// A number that reads back as a real one, also where it is whole: 6.0, 1e-05, 1e+16. This is how Python writes it.
void append_real(std::string& out, double value);

/// Three numbers, each after a space.
inline void append_vector(std::string& out, const double v[3]) {
    for (int k = 0; k < 3; ++k) {
        out += ' ';
        append_number(out, v[k]);
    }
}

}  // namespace dpmd
