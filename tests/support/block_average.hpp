#pragma once
// Averages of correlated data with their standard errors.
#include <cmath>
#include <cstddef>
#include <vector>

namespace dpmd::md::testing {

struct Estimate {
    double mean, error;
};

/// The mean, with the standard error from 25 block means, valid when a block is much longer than the correlation time.
inline Estimate block_average(const std::vector<double>& values) {
    constexpr std::size_t n_blocks = 25;
    const std::size_t length = values.size() / n_blocks;
    double sum = 0, squares = 0;
    for (std::size_t b = 0; b < n_blocks; ++b) {
        double block = 0;
        for (std::size_t k = b * length; k < (b + 1) * length; ++k) block += values[k];
        block /= double(length);
        sum += block;
        squares += block * block;
    }
    const double mean = sum / n_blocks;
    return {mean, std::sqrt((squares / n_blocks - mean * mean) / (n_blocks - 1))};
}

/// The mean of (x - mean)^2, with its error.
inline Estimate block_variance(std::vector<double> values) {
    const double mean = block_average(values).mean;
    for (double& x : values) x = (x - mean) * (x - mean);
    return block_average(values);
}

}  // namespace dpmd::md::testing
