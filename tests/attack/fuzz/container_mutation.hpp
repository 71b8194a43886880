#pragma once
// Mutations of safetensors files that keep the container valid, so that its contents are reached: the length in front
// matches the header, numbers in the header become odd ones, values of the arrays change.
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "support/random_numbers.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace dpmd::fuzz {

using testing::Random;

/// The place of a number in a JSON text, from `begin` to `end`.
struct Place {
    std::size_t begin, end;
};

inline std::vector<Place> numbers_of(const std::string& text) {
    const auto in_number = [](char c) { return std::isdigit(c) || c == '-' || c == '.' || c == 'e' || c == '+'; };
    std::vector<Place> out;
    for (std::size_t k = 0; k < text.size();) {
        const bool starts = (std::isdigit(text[k]) || text[k] == '-') && (k == 0 || !std::isalnum(text[k - 1]));
        std::size_t end = k;
        while (starts && end < text.size() && in_number(text[end])) ++end;
        if (end > k) out.push_back({k, end});
        k = end + 1;
    }
    return out;
}

inline void replace_a_number(std::string& text, Random& random) {
    static const char* const odd[] = {"0",
                                      "-1",
                                      "1",
                                      "2",
                                      "3",
                                      "7",
                                      "1e18",
                                      "65536",
                                      "0.5",
                                      "1e-300",
                                      "1e300",
                                      "2147483648",
                                      "-0.0",
                                      "1048576",
                                      "1e999",
                                      "999999",
                                      "null",
                                      "\"\"",
                                      "4294967297",
                                      "-2147483649",
                                      "[]",
                                      "NaN",
                                      "{}",
                                      "true",
                                      "1e-9",
                                      "16777217",
                                      "9007199254740993",
                                      "18446744073709551616"};
    const std::vector<Place> places = numbers_of(text);
    if (places.empty()) return;
    const Place at = places[std::size_t(random.below(int(places.size())))];
    text.replace(at.begin, at.end - at.begin, odd[random.below(int(std::size(odd)))]);
}

/// Mutates a text in any way that libFuzzer chooses.
inline void mutate_text(std::string& text, std::size_t room) {
    const std::size_t before = text.size();
    text.resize(before + room);
    text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), before, text.size()));
}

struct Container {
    std::string header, data;

    /// Takes from damaged files as much as there is.
    Container(const std::uint8_t* bytes, std::size_t size) {
        std::uint64_t length = 0;
        if (size >= sizeof length) std::memcpy(&length, bytes, sizeof length);
        const std::size_t from = std::min(size, sizeof length);
        length = std::min<std::uint64_t>(length, size - from);
        header.assign(reinterpret_cast<const char*>(bytes) + from, length);
        data.assign(reinterpret_cast<const char*>(bytes) + from + length, size - from - length);
    }

    std::string file() const {
        const std::uint64_t length = header.size();
        return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + data;
    }

    /// Replaces one of the arrays' values by an odd number, or flips one of its bits.
    void mutate_value(Random& random) {
        static const double nan = std::numeric_limits<double>::quiet_NaN(),
                            infinity = std::numeric_limits<double>::infinity();
        static const double odd[] = {0.0, -0.0, 1e-300, 1e300, -1e15, 1e16, 0.1, 1e-9, infinity, -infinity, nan, 1e6};
        if (data.size() < 8) return;
        char* at = data.data() + 8 * std::size_t(random.below(int(data.size() / 8)));
        const std::int64_t whole = random.below(9) - 4;
        const double number = odd[random.below(int(std::size(odd)))];
        switch (random.below(3)) {
            case 0: std::memcpy(at, &number, 8); break;
            case 1: std::memcpy(at, &whole, 8); break;
            default: at[random.below(8)] ^= char(1 << random.below(8));
        }
    }

    void mutate(Random& random) {
        for (int rounds = 1 + random.below(3); rounds > 0; --rounds) switch (random.below(4)) {
                case 0: mutate_text(header, 64); break;
                case 1: mutate_value(random); break;
                default: replace_a_number(header, random);
            }
    }
};

/// Copies `file` to where libFuzzer expects it.
inline std::size_t put(const std::string& file, std::uint8_t* data, std::size_t max_size) {
    const std::size_t size = std::min(file.size(), max_size);
    std::memcpy(data, file.data(), size);
    return size;
}

}  // namespace dpmd::fuzz
