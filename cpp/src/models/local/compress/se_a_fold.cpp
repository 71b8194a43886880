#include <algorithm>

#include "models/local/se_a.hpp"
#include "models/local/se_atten.hpp"

namespace dpmd {
namespace {

// With M = m V^T: D_ca = sum_kl V_ck V_al S_kl, where V_al = 0 for l beyond the axis. S is symmetric, so the weight of
// S_lk with l < k is T_kl + T_lk, T_kl = sum_ca V_ck V_al W_ca.
std::vector<double> fold_products(int n_channels, int n_axis, const Layer& first, const std::vector<double>& directions,
                                  int n_basis) {
    const auto K = std::size_t(n_basis), M = std::size_t(n_channels);
    const auto axis = std::size_t(n_axis), n_out = std::size_t(first.n_out);
    const std::size_t a = std::min(axis, K);

    // half [K][axis][n_out] = sum_c V_ck W_ca
    std::vector<double> half(K * axis * n_out, 0.0);
    for (std::size_t k = 0; k < K; ++k)
        for (std::size_t c = 0; c < M; ++c) {
            const double v = directions[k * M + c];
            const double* from = first.weight.data() + c * axis * n_out;
            double* to = half.data() + k * axis * n_out;
            for (std::size_t i = 0; i < axis * n_out; ++i) to[i] += v * from[i];
        }
    // whole [a][K][n_out] = sum_a V_al half_ka
    std::vector<double> whole(a * K * n_out, 0.0);
    for (std::size_t l = 0; l < a; ++l)
        for (std::size_t k = 0; k < K; ++k) {
            double* to = whole.data() + (l * K + k) * n_out;
            for (std::size_t c = 0; c < axis; ++c) {
                const double v = directions[l * M + c];
                const double* from = half.data() + (k * axis + c) * n_out;
                for (std::size_t o = 0; o < n_out; ++o) to[o] += v * from[o];
            }
        }

    std::vector<double> out;
    out.reserve(a * K * n_out);
    for (std::size_t l = 0; l < a; ++l)
        for (std::size_t k = l; k < K; ++k)
            for (std::size_t o = 0; o < n_out; ++o)
                out.push_back(whole[(l * K + k) * n_out + o] + (k > l && k < a ? whole[(k * K + l) * n_out + o] : 0.0));
    return out;
}

}  // namespace

std::vector<double> fold_weights(const SeA& descriptor, const Layer& first, const std::vector<double>& directions,
                                 int n_basis) {
    return fold_products(descriptor.embedding.n_channels(), descriptor.axis_neuron, first, directions, n_basis);
}

std::vector<double> fold_weights(const SeAtten& model, const Layer& first, const std::vector<double>& directions,
                                 int n_basis) {
    std::vector<double> out = fold_products(model.n_channels(), model.axis_neuron, first, directions, n_basis);
    const auto n_products = std::ptrdiff_t(model.n_channels()) * model.axis_neuron;
    out.insert(out.end(), first.weight.begin() + n_products * first.n_out, first.weight.end());
    return out;
}

}  // namespace dpmd
