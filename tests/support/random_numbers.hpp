#pragma once
// Seeded random numbers for tests, the same on every machine because only the engine's integers are used.
#include <cstdint>
#include <random>
#include <vector>

namespace dpmd::testing {

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    std::uint64_t word() { return engine_(); }
    /// Uniform in [low, high).
    double uniform(double low, double high) {
        return low + (high - low) * (static_cast<double>(engine_() >> 11) * 0x1p-53);
    }
    /// Uniform in [0, n).
    int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
    std::vector<double> uniforms(std::size_t n, double low, double high) {
        std::vector<double> out(n);
        for (double& x : out) x = uniform(low, high);
        return out;
    }
    std::vector<int> permutation(int n) {
        std::vector<int> out(static_cast<std::size_t>(n));
        for (int k = 0; k < n; ++k) out[std::size_t(k)] = k;
        for (int k = n - 1; k > 0; --k) std::swap(out[std::size_t(k)], out[std::size_t(below(k + 1))]);
        return out;
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace dpmd::testing
