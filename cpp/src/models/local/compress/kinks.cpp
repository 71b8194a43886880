#include "models/local/compress/kinks.hpp"

#include <algorithm>

#include "models/nets/network_value.hpp"

namespace dpmd::compress {

bool has_kinks(const Network& network, const std::vector<double>& places) {
    const auto has = [&](auto... activations) {
        return std::any_of(network.layers.begin(), network.layers.end(),
                           [&](const Layer& layer) { return ((layer.activation == activations) || ...); });
    };
    if (has(Activation::relu, Activation::relu6)) return true;
    if (!has(Activation::silut)) return false;
    NetworkValue net(network);
    net.evaluate(places.front());
    const std::vector<bool> first = net.beyond_thresholds();
    return std::any_of(places.begin(), places.end(), [&](double place) {
        net.evaluate(place);
        return net.beyond_thresholds() != first;
    });
}

}  // namespace dpmd::compress
