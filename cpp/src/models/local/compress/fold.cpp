#include "models/local/compress/fold.hpp"

namespace dpmd::compress {

Network fold_fitting(const Descriptor& descriptor, const Network& fitting, const std::vector<double>& directions,
                     int n_basis) {
    const Layer& first = fitting.layers.front();
    const auto n_out = std::size_t(first.n_out);
    Network out = fitting;
    Layer& layer = out.layers.front();
    layer.weight =
        std::visit([&](const auto& one) { return fold_weights(one, first, directions, n_basis); }, descriptor);
    const int n_parameters = first.n_in - n_features(descriptor);
    layer.n_in = static_cast<int>(layer.weight.size() / n_out) + n_parameters;
    layer.weight.insert(layer.weight.end(), first.weight.end() - std::ptrdiff_t(std::size_t(n_parameters) * n_out),
                        first.weight.end());
    return out;
}

}  // namespace dpmd::compress
