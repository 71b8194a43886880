#include "models/local/se_r.hpp"

namespace dpmd {

std::vector<double> fold_weights(const SeR& descriptor, const Layer& first, const std::vector<double>& directions,
                                 int n_basis) {
    const auto K = std::size_t(n_basis), M = std::size_t(descriptor.n_features()), n_out = std::size_t(first.n_out);
    std::vector<double> out(K * n_out, 0.0);
    for (std::size_t k = 0; k < K; ++k)
        for (std::size_t c = 0; c < M; ++c)
            for (std::size_t o = 0; o < n_out; ++o)
                out[k * n_out + o] += directions[k * M + c] * first.weight[c * n_out + o];
    return out;
}

}  // namespace dpmd
