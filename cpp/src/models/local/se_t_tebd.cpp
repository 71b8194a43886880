#include "models/local/se_t_tebd.hpp"

#include <utility>

namespace dpmd {
namespace {

/// The networks of both orders of two types, which are added.
std::vector<Network> networks_of(const SeTTebd& descriptor, int a, int b) {
    std::vector<Network> out{network_of_types(descriptor, a, b)};
    if (a != b) out.push_back(network_of_types(descriptor, b, a));
    return out;
}

/// The mean of the factors of both orders.
std::vector<double> factors_of(const SeTTebd& descriptor, int a, int b) {
    std::vector<double> out = type_factors(descriptor, a, b);
    const std::vector<double> other = type_factors(descriptor, b, a);
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = (out[c] + other[c]) / 2;
    return out;
}

}  // namespace

PairFunctions pair_functions(const SeTTebd& descriptor) {
    const bool is_strip = descriptor.type_input == TypedNetwork::TypeInput::strip;
    const double n = descriptor.environment.normalization, factor = 1 / (n * n);
    PairFunctions out;
    out.is_smooth = is_strip && descriptor.smooth;
    if (is_strip) out.functions.push_back({descriptor.network});
    for (int a = 0; a < descriptor.environment.n_types(); ++a)
        for (int b = a; b < descriptor.environment.n_types(); ++b) {
            if (is_strip) {
                out.pairs.push_back({a, b, a == b ? factor : 2 * factor, 0, factors_of(descriptor, a, b)});
                continue;
            }
            out.pairs.push_back({a, b, factor, out.functions.size(), {}});
            out.functions.push_back(networks_of(descriptor, a, b));
        }
    return out;
}

}  // namespace dpmd
