#pragma once
// Philox 4x32-10, a counter-based generator (Salmon et al., SC11): the numbers are a function of (seed, stream, step,
// atom), so they do not depend on threads, ranks or the order of the atoms.
#include <cmath>
#include <cstdint>

#include "math/hd.hpp"

namespace dpmd {

struct Philox {
    std::uint32_t words[4];
};

DPMD_HD Philox philox(std::uint32_t c0, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3, std::uint32_t k0,
                      std::uint32_t k1) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t(0xD2511F53u) * c0, b = std::uint64_t(0xCD9E8D57u) * c2;
        const auto a_high = static_cast<std::uint32_t>(a >> 32), b_high = static_cast<std::uint32_t>(b >> 32);
        const std::uint32_t n0 = b_high ^ c1 ^ k0, n2 = a_high ^ c3 ^ k1;
        c1 = static_cast<std::uint32_t>(b);
        c3 = static_cast<std::uint32_t>(a);
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return {{c0, c1, c2, c3}};
}

/// What a random number is for; part of the counter, so that different uses never share numbers.
enum class RandomStream : std::uint32_t { velocity = 1, langevin = 2, rescale = 3, probe = 4 };

struct RandomKey {
    std::uint64_t seed;
    RandomStream stream;
    std::uint64_t step;  ///< below 2^48
};

/// Uniform in (0, 1), never 0 or 1.
DPMD_HD double uniform_open(std::uint32_t word) { return (static_cast<double>(word) + 0.5) * (1.0 / 4294967296.0); }

/// Four words for `item` (an atom's global id, or a counter of draws).
DPMD_HD Philox random_words(const RandomKey& key, std::uint64_t item) {
    return philox(static_cast<std::uint32_t>(item), static_cast<std::uint32_t>(item >> 32),
                  static_cast<std::uint32_t>(key.step),
                  (static_cast<std::uint32_t>(key.step >> 32) << 8) ^ static_cast<std::uint32_t>(key.stream),
                  static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32));
}

/// Four independent standard normal numbers (Box-Muller).
DPMD_HD void random_normals(const RandomKey& key, std::uint64_t item, double out[4]) {
    const Philox words = random_words(key, item);
    for (int pair = 0; pair < 2; ++pair) {
        const double radius = ::sqrt(-2.0 * ::log(uniform_open(words.words[2 * pair])));
        const double angle = 6.283185307179586477 * uniform_open(words.words[2 * pair + 1]);
        out[2 * pair] = radius * ::cos(angle);
        out[2 * pair + 1] = radius * ::sin(angle);
    }
}

}  // namespace dpmd
