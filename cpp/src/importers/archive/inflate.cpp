#include "importers/archive/inflate.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/archive/bit_reader.hpp"
#include "importers/archive/prefix_code.hpp"

namespace dpmd::importers {

namespace {

constexpr int end_of_block = 256;
constexpr int first_length = 257;

/// What a symbol stands for: a least value, to which the number in so many more bits is added.
struct Step {
    std::uint16_t least;
    std::uint8_t more_bits;
};
constexpr std::array<Step, 29> length_steps{{{3, 0},  {4, 0},  {5, 0},  {6, 0},   {7, 0},   {8, 0},   {9, 0},  {10, 0},
                                             {11, 1}, {13, 1}, {15, 1}, {17, 1},  {19, 2},  {23, 2},  {27, 2}, {31, 2},
                                             {35, 3}, {43, 3}, {51, 3}, {59, 3},  {67, 4},  {83, 4},  {99, 4}, {115, 4},
                                             {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0}}};
constexpr std::array<Step, 30> distance_steps{
    {{1, 0},    {2, 0},    {3, 0},    {4, 0},     {5, 1},     {7, 1},     {9, 2},     {13, 2},     {17, 3},     {25, 3},
     {33, 4},   {49, 4},   {65, 5},   {97, 5},    {129, 6},   {193, 6},   {257, 7},   {385, 7},    {513, 8},    {769, 8},
     {1025, 9}, {1537, 9}, {2049, 10}, {3073, 10}, {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13}}};

struct BlockCodes {
    PrefixCode literals;  ///< bytes, the end of the block, and lengths
    PrefixCode distances;
};

const BlockCodes& fixed_codes() {
    static const BlockCodes codes = [] {
        std::array<std::uint8_t, 288> lengths{};
        std::fill(lengths.begin(), lengths.begin() + 144, std::uint8_t(8));
        std::fill(lengths.begin() + 144, lengths.begin() + 256, std::uint8_t(9));
        std::fill(lengths.begin() + 256, lengths.begin() + 280, std::uint8_t(7));
        std::fill(lengths.begin() + 280, lengths.end(), std::uint8_t(8));
        std::array<std::uint8_t, 32> distances{};
        distances.fill(5);
        return BlockCodes{PrefixCode(lengths, false), PrefixCode(distances, false)};
    }();
    return codes;
}

/// The lengths of a block's codes, themselves written in a code: numbers, and repetitions of them.
void read_lengths(BitReader& bits, const PrefixCode& code, std::span<std::uint8_t> lengths) {
    for (std::size_t k = 0; k < lengths.size();) {
        const int symbol = code.decode(bits);
        if (symbol < 16) {
            lengths[k++] = std::uint8_t(symbol);
            continue;
        }
        if (symbol == 16 && k == 0) throw InputError("the compressed data repeat a length before the first one");
        const std::uint8_t value = symbol == 16 ? lengths[k - 1] : std::uint8_t(0);
        const std::size_t n = symbol == 16 ? 3 + bits.take(2) : symbol == 17 ? 3 + bits.take(3) : 11 + bits.take(7);
        if (n > lengths.size() - k) throw InputError("the compressed data have too many lengths of codes");
        std::fill_n(lengths.begin() + std::ptrdiff_t(k), n, value);
        k += n;
    }
}

BlockCodes read_codes(BitReader& bits) {
    static constexpr std::array<std::uint8_t, 19> order{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                        11, 4,  12, 3, 13, 2, 14, 1, 15};
    const std::size_t n_literals = 257 + bits.take(5), n_distances = 1 + bits.take(5), n_lengths = 4 + bits.take(4);
    if (n_literals > 286 || n_distances > distance_steps.size())
        throw InputError("the compressed data have too many symbols");
    std::array<std::uint8_t, 19> of_lengths{};
    for (std::size_t k = 0; k < n_lengths; ++k) of_lengths[order[k]] = std::uint8_t(bits.take(3));
    std::array<std::uint8_t, 286 + 30> lengths{};
    const std::span all = std::span(lengths).first(n_literals + n_distances);
    read_lengths(bits, PrefixCode(of_lengths, false), all);
    if (lengths[end_of_block] == 0) throw InputError("a block of the compressed data has no end");
    return {PrefixCode(all.first(n_literals), true), PrefixCode(all.subspan(n_literals), true)};
}

class Inflater {
public:
    Inflater(std::span<const std::byte> packed, std::size_t size) : bits_(packed), out_(size) {}

    std::vector<std::byte> all() && {
        for (bool is_last = false; !is_last;) {
            is_last = bits_.take(1) != 0;
            switch (bits_.take(2)) {
                case 0: stored_block(); break;
                case 1: block(fixed_codes()); break;
                case 2: block(read_codes(bits_)); break;
                default: throw InputError("the compressed data have a block of an unknown kind");
            }
        }
        if (n_ != out_.size()) throw InputError(concat("it holds ", n_, " bytes, declares ", out_.size()));
        return std::move(out_);
    }

private:
    void stored_block() {
        const auto head = bits_.take_bytes(4);
        const auto n = little_endian<std::uint16_t>(head, 0), check = little_endian<std::uint16_t>(head, 2);
        if ((n ^ check) != 0xFFFF) throw InputError("the compressed data have a block with two sizes");
        const auto bytes = bits_.take_bytes(n);
        require_room(n);
        std::copy(bytes.begin(), bytes.end(), out_.begin() + std::ptrdiff_t(n_));
        n_ += n;
    }

    void block(const BlockCodes& codes) {
        for (int symbol; (symbol = codes.literals.decode(bits_)) != end_of_block;) {
            if (symbol < end_of_block) {
                require_room(1);
                out_[n_++] = std::byte(symbol);
            } else {
                const std::size_t length = number(length_steps, symbol - first_length);
                copy(number(distance_steps, codes.distances.decode(bits_)), length);
            }
        }
    }

    std::size_t number(std::span<const Step> steps, int symbol) {
        if (std::size_t(symbol) >= steps.size()) throw InputError("the compressed data hold an unknown symbol");
        const Step step = steps[std::size_t(symbol)];
        return step.least + (step.more_bits ? bits_.take(step.more_bits) : 0u);
    }

    /// Repeats what was written before, possibly what this writes itself.
    void copy(std::size_t distance, std::size_t length) {
        if (distance > n_) throw InputError("the compressed data repeat bytes before the first one");
        require_room(length);
        for (std::size_t k = 0; k < length; ++k, ++n_) out_[n_] = out_[n_ - distance];
    }

    void require_room(std::size_t n) const {
        if (n > out_.size() - n_) throw InputError(concat("it holds more than the ", out_.size(), " bytes it declares"));
    }

    BitReader bits_;
    std::vector<std::byte> out_;
    std::size_t n_ = 0;  ///< bytes written
};

}  // namespace

std::vector<std::byte> inflate(std::span<const std::byte> packed, std::size_t size) {
    return Inflater(packed, size).all();
}

}  // namespace dpmd::importers
