#include "models/local/typed_network.hpp"

#include <utility>

#include "models/nets/network_value.hpp"

namespace dpmd {
namespace {

/// A layer that puts the embeddings of two types behind its input.
Layer behind_input(const std::vector<double>& types) {
    Layer out;
    out.n_in = 1;
    out.n_out = 1 + static_cast<int>(types.size());
    out.weight.assign(1 + types.size(), 0.0);
    out.weight.front() = 1;
    out.bias = {0.0};
    out.bias.insert(out.bias.end(), types.begin(), types.end());
    return out;
}

}  // namespace

std::vector<double> type_inputs(const TypedNetwork& model, int first, int second) {
    const double* of_first = model.embedding_of_type(first);
    const double* of_second = model.embedding_of_type(second);
    std::vector<double> out(of_first, of_first + model.type_width);
    if (!model.type_one_side) out.insert(out.end(), of_second, of_second + model.type_width);
    return out;
}

std::vector<double> type_factors(const TypedNetwork& model, int first, int second) {
    const auto n = std::size_t(model.n_channels());
    if (!model.type_network) {
        const int n_rows = static_cast<int>(model.type_embedding.size()) / model.type_width;
        const int row = model.type_one_side ? first : second * n_rows + first;
        const auto begin = model.type_factors.begin() + std::ptrdiff_t(std::size_t(row) * n);
        return {begin, begin + std::ptrdiff_t(n)};
    }
    const std::vector<double> inputs = type_inputs(model, first, second);
    NetworkValue net(*model.type_network);
    net.evaluate(inputs.front(), {inputs.begin() + 1, inputs.end()});
    return {net.value(), net.value() + n};
}

Network network_of_types(const TypedNetwork& model, int first, int second) {
    const std::vector<double> types = type_inputs(model, first, second);
    Network out = model.network;
    Layer& layer = out.layers.front();
    if (layer.skip != Skip::none) {  // it adds the types to its outputs, too
        out.layers.insert(out.layers.begin(), behind_input(types));
        return out;
    }
    const auto n_out = std::size_t(layer.n_out);
    if (layer.bias.empty()) layer.bias.assign(n_out, 0.0);
    for (std::size_t k = 0; k < types.size(); ++k)
        for (std::size_t o = 0; o < n_out; ++o) layer.bias[o] += types[k] * layer.weight[(1 + k) * n_out + o];
    layer.weight.resize(n_out);
    layer.n_in = 1;
    return out;
}

}  // namespace dpmd
