#include "importers/network_values.hpp"

#include <cmath>
#include <utility>

#include "math/activation.hpp"

namespace dpmd::importers {
namespace {

Tensor layer_values(const Layer& layer, const Tensor& x) {
    const auto n_in = std::size_t(layer.n_in), n_out = std::size_t(layer.n_out);
    Tensor out{{x.shape[0], layer.n_out}, std::vector<double>(std::size_t(x.shape[0]) * n_out, 0.0)};
    for (std::size_t row = 0; row < std::size_t(x.shape[0]); ++row) {
        const double* in = x.values.data() + row * n_in;
        double* y = out.values.data() + row * n_out;
        for (std::size_t i = 0; i < n_in; ++i)  // one rounding per product, whatever the instruction set
            for (std::size_t o = 0; o < n_out; ++o) y[o] = std::fma(in[i], layer.weight[i * n_out + o], y[o]);
        for (std::size_t o = 0; o < n_out; ++o) {
            const double z = y[o] + (layer.bias.empty() ? 0.0 : layer.bias[o]);
            y[o] = activation_of(layer.activation, z, layer.silut_threshold).value;
            if (!layer.timestep.empty()) y[o] *= layer.timestep[o];
            if (layer.skip != Skip::none) y[o] += in[o % n_in];
        }
    }
    return out;
}

}  // namespace

Tensor network_values(const Network& network, Tensor x) {
    for (const Layer& layer : network.layers) x = layer_values(layer, x);
    return x;
}

}  // namespace dpmd::importers
