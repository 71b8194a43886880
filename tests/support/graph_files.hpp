#pragma once
// TensorFlow graphs made field by field, for tests of their reader.
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dpmd::testing {

inline std::string varint(std::uint64_t value) {
    std::string out;
    for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
    return out + static_cast<char>(value);
}

/// The bytes of a number, the lowest first.
template <class Bits>
std::string little_endian(Bits bits) {
    std::string out;
    for (std::size_t k = 0; k < sizeof bits; ++k) out += static_cast<char>((bits >> (8 * k)) & 0xff);
    return out;
}
inline std::string raw_float(float value) { return little_endian(std::bit_cast<std::uint32_t>(value)); }
inline std::string raw_double(double value) { return little_endian(std::bit_cast<std::uint64_t>(value)); }

// Fields of the wire types varint, bytes and fixed32.
inline std::string number_field(std::uint32_t number, std::uint64_t value) {
    return varint(number << 3) + varint(value);
}
inline std::string bytes_field(std::uint32_t number, std::string_view bytes) {
    return varint(number << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}
inline std::string float_field(std::uint32_t number, float value) { return varint(number << 3 | 5) + raw_float(value); }

/// A tensor: its type, its shape, and what else is in it.
inline std::string tensor(std::uint64_t dtype, const std::vector<std::int64_t>& shape, const std::string& values) {
    std::string dims;
    for (const std::int64_t n : shape) dims += bytes_field(2, number_field(1, static_cast<std::uint64_t>(n)));
    return number_field(1, dtype) + bytes_field(2, dims) + values;
}

inline std::string attribute(std::string_view key, const std::string& value) {
    return bytes_field(5, bytes_field(1, key) + bytes_field(2, value));
}

/// A node of a graph.
inline std::string node(std::string_view name, std::string_view op, const std::vector<std::string>& inputs = {},
                        const std::string& attributes = "") {
    std::string out = bytes_field(1, name) + bytes_field(2, op);
    for (const std::string& input : inputs) out += bytes_field(3, input);
    return bytes_field(1, out + attributes);
}

inline std::string constant(std::string_view name, const std::string& of_tensor) {
    return node(name, "Const", {}, attribute("value", bytes_field(8, of_tensor)));
}

}  // namespace dpmd::testing
