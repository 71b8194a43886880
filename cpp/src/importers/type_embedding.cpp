#include "importers/type_embedding.hpp"

#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/electron_configurations.hpp"
#include "importers/network_values.hpp"

namespace dpmd::importers {
namespace {

/// The values for the rows of `inputs`, and a row of zeros.
Tensor embedding(const Network& network, Tensor inputs, const std::string& place) {
    if (network.layers.empty() || network.n_in() != inputs.shape[1])
        throw InputError(concat(place, ": the net of the type embedding does not take ", inputs.shape[1], " numbers"));
    for (std::size_t k = 1; k < network.layers.size(); ++k)
        if (network.layers[k].n_in != network.layers[k - 1].n_out)
            throw InputError(concat(place, ": layer ", k, " of the net of the type embedding takes ",
                                    network.layers[k].n_in, " numbers, the one before gives ",
                                    network.layers[k - 1].n_out));
    for (std::size_t k = 1; k < network.layers.size(); ++k)
        if (network.layers[k].n_in != network.layers[k - 1].n_out)
            throw InputError(concat(place, ": layer ", k, " of the net of the type embedding takes ",
                                    network.layers[k].n_in, " numbers, gets ", network.layers[k - 1].n_out));
    Tensor out = network_values(network, std::move(inputs));
    out.shape[0] += 1;
    out.values.resize(out.values.size() + std::size_t(out.shape[1]), 0.0);
    return out;
}

}  // namespace

Tensor embedding_of_types(const Network& network, int n_types, const std::string& place) {
    const auto n = std::size_t(n_types);
    Tensor inputs{{n_types, n_types}, std::vector<double>(n * n, 0.0)};
    for (std::size_t t = 0; t < n; ++t) inputs.values[t * n + t] = 1;
    return embedding(network, std::move(inputs), place);
}

Tensor embedding_of_elements(const Network& network, const std::vector<std::string>& type_map,
                             const std::string& place) {
    return embedding(network, configuration_rows(type_map, place), place);
}

}  // namespace dpmd::importers
