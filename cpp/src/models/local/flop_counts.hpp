#pragma once
// Floating-point operations of the parts of a local model, forwards and backwards together: what the formulas ask for,
// products and sums, that is twice the number of multiply-adds. n: components of an environment row; a radial row has
// one, and its channels are summed without a product and are the features themselves.
#include "models/local/se_atten.hpp"
#include "models/nets/network.hpp"

namespace dpmd {

/// One row through the layers of a net, forwards and back to its input: two multiply-adds per weight.
inline double flop_of(const Network& network) {
    double sum = 0;
    for (const Layer& layer : network.layers) sum += 4.0 * layer.n_in * layer.n_out;
    return sum;
}

/// Products of a channel with the components of a row.
constexpr int products_with_row(int n) { return n == 1 ? 0 : n; }

/// Per row and function of the moment form: polynomial 5 and moments forwards; value and slope 9, gradient of the
/// function, slope times gradient 1 and row gradient backwards.
constexpr double flop_per_table_function(int n) {
    const int products = products_with_row(n);
    return 2 * ((5 + n) + (9 + products + 1 + products));
}
/// Per row and channel of an embedding net: moments n forwards; gradients of the channel and of the row backwards.
constexpr double flop_per_channel(int n) { return 2 * (n + 2 * products_with_row(n)); }
/// Per feature: n forwards, 2n backwards.
constexpr double flop_per_feature(int n) { return 2 * 3 * products_with_row(n); }

/// Per pair of neighbours of a three-body descriptor: product of directions 3 forwards, their gradients 6 backwards.
constexpr double flop_per_angle = 2 * (3 + 6);
/// Per pair and channel of its net: the sum 1 forwards; gradients of the channel and of the pair 2 backwards.
constexpr double flop_per_angle_channel = 2 * (1 + 2);
/// Per pair in its table form: place 4, eight powers of the place and their sums 16 forwards; slope 7 backwards.
constexpr double flop_per_angle_place = 2 * (4 + 16 + 7);

/// What the types add to one row through the network of DPA-1. As inputs they are a constant of a pair of types, so the
/// network has the input s alone. As factors, G = g (1 + t w): 2 forwards, gradients of g 1 and of w 2 backwards.
inline double flop_of_types(const SeAtten& model) {
    if (model.type_input == SeAtten::TypeInput::strip) return model.n_channels() * 2.0 * (model.smooth ? 5 : 2);
    const Layer& first = model.network.layers.front();
    return -4.0 * (first.n_in - 1) * first.n_out;
}
/// One row through a layer of attention without its pairs: the four products with weights in both directions; the norms
/// of query, key and value 3 and 5; residual and layer normalisation 8 and 8.
inline double flop_per_attending_row(const AttentionLayer& layer) {
    const double products = 4.0 * layer.n_channels * layer.n_hidden;
    return 2 * 2 * products + (layer.normalize ? 3 * 8.0 * layer.n_hidden : 0) + 16.0 * layer.n_channels;
}
/// A query with one of its keys: scores and values forwards, gradients of both, of the query and of the key backwards;
/// the softmax without its exponential 4 and 5, the switch of the smooth form 5 and 11, the cosine 6 and 14.
inline double flop_per_attending_pair(const AttentionLayer& layer, bool is_smooth) {
    return 2 * (2 + 4) * layer.n_hidden + 9.0 + (is_smooth ? 16 : 0) + (layer.dot_directions ? 20 : 0);
}

}  // namespace dpmd
