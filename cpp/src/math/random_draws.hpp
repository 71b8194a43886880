#pragma once
// Random variates that need an unknown number of draws, but are still a function of the key only.
#include <cmath>
#include <cstdint>

#include "math/philox.hpp"

namespace dpmd {

/// A sequence of draws from a key.
class RandomDraws {
public:
    DPMD_HD explicit RandomDraws(const RandomKey& key) : key_(key) {}

    DPMD_HD double normal() {
        double out[4];
        random_normals(key_, n_draws_++, out);
        return out[0];
    }

    DPMD_HD double uniform() { return uniform_open(random_words(key_, n_draws_++).words[0]); }

    /// A gamma variate of the given shape >= 1/2 and scale 1 (Marsaglia and Tsang, ACM Trans. Math. Softw. 26, 363,
    /// 2000); shapes below 1 use gamma(a) = gamma(a + 1) u^(1/a).
    DPMD_HD double gamma(double shape) {
        const bool is_small = shape < 1;
        const double power = is_small ? ::pow(uniform(), 1 / shape) : 1.0;
        const double d = (is_small ? shape + 1 : shape) - 1.0 / 3, c = 1 / ::sqrt(9 * d);
        for (;;) {
            const double x = normal(), root = 1 + c * x, v = root * root * root;
            if (root <= 0) continue;
            if (::log(uniform()) < 0.5 * x * x + d - d * v + d * ::log(v)) return d * v * power;
        }
    }

    /// Sum of the squares of n independent standard normal numbers.
    DPMD_HD double sum_of_squares(int n) { return n > 0 ? 2 * gamma(0.5 * n) : 0.0; }

private:
    RandomKey key_;
    std::uint64_t n_draws_ = 0;
};

}  // namespace dpmd
