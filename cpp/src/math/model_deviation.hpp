#pragma once
// How far models disagree about one quantity (Y. Zhang et al., Comput. Phys. Commun. 253, 107206 (2020)).
#include <cmath>
#include <cstddef>

namespace dpmd {

/// sqrt(<|x_k - <x>|^2>) of a vector x over models k; x_k = scale * values[k * stride + 0 ... n - 1]. `relative` >= 0:
/// divided by |<x>| + relative.
inline double model_deviation(const double* values, std::size_t n_models, std::size_t stride, int n, double scale,
                              double relative) {
    double squares = 0, norm = 0;
    for (int c = 0; c < n; ++c) {
        double mean = 0;
        for (std::size_t k = 0; k < n_models; ++k) mean += scale * values[k * stride + std::size_t(c)];
        mean /= double(n_models);
        norm += mean * mean;
        for (std::size_t k = 0; k < n_models; ++k) {
            const double off = scale * values[k * stride + std::size_t(c)] - mean;
            squares += off * off;
        }
    }
    const double deviation = std::sqrt(squares / double(n_models));
    return relative < 0 ? deviation : deviation / (std::sqrt(norm) + relative);
}

}  // namespace dpmd
