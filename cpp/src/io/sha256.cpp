#include "io/sha256.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>

namespace dpmd {
namespace {

constexpr std::size_t block_bytes = 64, length_bytes = 8;
constexpr std::size_t n_rounds = 64;

using State = std::array<std::uint32_t, 8>;
using Block = std::span<const std::byte, block_bytes>;

/// H(0): the first 32 bits of the fractional parts of the square roots of the first eight primes.
constexpr State start = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/// K: the same of the cube roots of the first 64 primes.
constexpr std::array<std::uint32_t, n_rounds> constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::uint32_t word(Block block, std::size_t k) {
    std::uint32_t out = 0;
    for (std::size_t b = 4 * k; b < 4 * k + 4; ++b) out = out << 8 | std::to_integer<std::uint32_t>(block[b]);
    return out;
}

/// Section 6.2.2 of the standard.
void add(State& state, Block block) {
    std::array<std::uint32_t, n_rounds> w;
    for (std::size_t t = 0; t < 16; ++t) w[t] = word(block, t);
    for (std::size_t t = 16; t < n_rounds; ++t) {
        const std::uint32_t near = w[t - 2], far = w[t - 15];
        w[t] = (std::rotr(near, 17) ^ std::rotr(near, 19) ^ near >> 10) + w[t - 7] +
               (std::rotr(far, 7) ^ std::rotr(far, 18) ^ far >> 3) + w[t - 16];
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t t = 0; t < n_rounds; ++t) {
        const std::uint32_t one =
            h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) + constants[t] + w[t];
        const std::uint32_t two =
            (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + one;
        d = c;
        c = b;
        b = a;
        a = one + two;
    }
    const State mixed = {a, b, c, d, e, f, g, h};
    std::transform(state.begin(), state.end(), mixed.begin(), state.begin(), std::plus<std::uint32_t>());
}

/// The last bytes of the message, a bit of 1, zeros, and the length in bits at the end of one or two blocks.
void add_end(State& state, std::span<const std::byte> rest, std::uint64_t n_bytes) {
    std::array<std::byte, 2 * block_bytes> padded{};
    std::copy(rest.begin(), rest.end(), padded.begin());
    padded[rest.size()] = std::byte{0x80};
    const std::size_t n = rest.size() + 1 + length_bytes <= block_bytes ? block_bytes : 2 * block_bytes;
    for (std::size_t k = 0; k < length_bytes; ++k) padded[n - 1 - k] = std::byte(8 * n_bytes >> 8 * k & 0xff);
    for (std::size_t begin = 0; begin < n; begin += block_bytes) add(state, Block(padded.data() + begin, block_bytes));
}

}  // namespace

std::string sha256(std::span<const std::byte> bytes) {
    State state = start;
    std::span<const std::byte> rest = bytes;
    for (; rest.size() >= block_bytes; rest = rest.subspan(block_bytes)) add(state, rest.first<block_bytes>());
    add_end(state, rest, bytes.size());
    std::string out;
    for (const std::uint32_t value : state)
        for (int shift = 28; shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 0xf];
    return out;
}

}  // namespace dpmd
