#include "io/sha256.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

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
alignas(16) constexpr std::array<std::uint32_t, n_rounds> constants = {
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
void add_block(State& state, Block block) {
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

/// Whole blocks by plain arithmetic.
void add_plainly(State& state, std::span<const std::byte> blocks) {
    for (; !blocks.empty(); blocks = blocks.subspan(block_bytes)) add_block(state, blocks.first<block_bytes>());
}

#if defined(__x86_64__)

bool has_instructions() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    constexpr unsigned features = 7, sha_bit = 1u << 29;
    return __get_cpuid_count(features, 0, &a, &b, &c, &d) != 0 && (b & sha_bit) != 0 &&
           __builtin_cpu_supports("sse4.1");
}

/// Whole blocks by the SHA instructions, which keep a, b, e, f in one register and c, d, g, h in another, and take two
/// rounds at once.
[[gnu::target("sha,sse4.1,ssse3")]] void add_by_instructions(State& state, std::span<const std::byte> blocks) {
    const __m128i to_big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const auto* values = reinterpret_cast<const __m128i*>(state.data());
    const __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128(values), 0xb1);
    const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(values + 1), 0x1b);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
    for (; !blocks.empty(); blocks = blocks.subspan(block_bytes)) {
        const auto* words = reinterpret_cast<const __m128i*>(blocks.data());
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4];  // the last 16 words of the schedule
        for (std::size_t t = 0; t < n_rounds / 4; ++t) {
            __m128i& next = w[t % 4];
            if (t < 4) {
                next = _mm_shuffle_epi8(_mm_loadu_si128(words + t), to_big_endian);
            } else {
                const __m128i last = w[(t + 3) % 4], before = w[(t + 2) % 4];
                const __m128i sum =
                    _mm_add_epi32(_mm_sha256msg1_epu32(next, w[(t + 1) % 4]), _mm_alignr_epi8(last, before, 4));
                next = _mm_sha256msg2_epu32(sum, last);
            }
            const auto* k = reinterpret_cast<const __m128i*>(constants.data());
            const __m128i sum = _mm_add_epi32(next, _mm_load_si128(k + t));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    auto* out = reinterpret_cast<__m128i*>(state.data());
    _mm_storeu_si128(out, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128(out + 1, _mm_alignr_epi8(dchg, feba, 8));
}

void add(State& state, std::span<const std::byte> blocks) {
    static const bool by_instructions = has_instructions();
    if (by_instructions) add_by_instructions(state, blocks);
    else add_plainly(state, blocks);
}

#else

void add(State& state, std::span<const std::byte> blocks) { add_plainly(state, blocks); }

#endif

/// The last bytes of the message, a bit of 1, zeros, and the length in bits at the end of one or two blocks.
void add_end(State& state, std::span<const std::byte> rest, std::uint64_t n_bytes) {
    std::array<std::byte, 2 * block_bytes> padded{};
    std::copy(rest.begin(), rest.end(), padded.begin());
    padded[rest.size()] = std::byte{0x80};
    const std::size_t n = rest.size() + 1 + length_bytes <= block_bytes ? block_bytes : 2 * block_bytes;
    for (std::size_t k = 0; k < length_bytes; ++k) padded[n - 1 - k] = std::byte(8 * n_bytes >> 8 * k & 0xff);
    add(state, std::span(padded).first(n));
}

}  // namespace

std::string sha256(std::span<const std::byte> bytes) {
    State state = start;
    const std::size_t n_rest = bytes.size() % block_bytes;
    add(state, bytes.first(bytes.size() - n_rest));
    add_end(state, bytes.last(n_rest), bytes.size());
    std::string out;
    for (const std::uint32_t value : state)
        for (int shift = 28; shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 0xf];
    return out;
}

}  // namespace dpmd
