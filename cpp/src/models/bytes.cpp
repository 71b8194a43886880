#include "models/bytes.hpp"

namespace dpmd {
namespace {

std::size_t bytes_of(const std::vector<double>& values) { return values.capacity() * sizeof(double); }

std::size_t bytes_of(const Network& network) {
    std::size_t bytes = network.table ? bytes_of(network.table->coefficients) : 0;
    for (const Layer& layer : network.layers)
        bytes += bytes_of(layer.weight) + bytes_of(layer.bias) + bytes_of(layer.timestep);
    return bytes;
}

std::size_t bytes_of(const Descriptor& descriptor) {
    std::size_t bytes = 0;
    const auto add = [&](const Network& network) { bytes += bytes_of(network); };
    std::visit([&](const auto& one) { one.for_each_network(add); }, descriptor);
    return bytes;
}

std::size_t bytes_of(const MomentForm& form) {
    std::size_t bytes = 0;
    for (const MomentCenter& center : form.centers) {
        for (const auto& table : center.tables)
            if (table) bytes += bytes_of(table->coefficients);
        for (const auto& padding : center.padding) bytes += bytes_of(padding);
        for (const auto& zero_row : center.zero_row) bytes += bytes_of(zero_row);
    }
    return bytes;
}

std::size_t bytes_of(const std::monostate&) { return 0; }

std::size_t bytes_of(const AngleTables& form) {
    std::size_t bytes = 0;
    for (const AngleTable& table : form.tables) bytes += bytes_of(table.coefficients);
    return bytes;
}

std::size_t bytes_of(const CompressedTerm& term) {
    std::size_t bytes = 0;
    for (const CompressedDescriptor& form : term.descriptors)
        bytes += std::visit([](const auto& one) { return bytes_of(one); }, form);
    for (const Network& network : term.fittings) bytes += bytes_of(network);
    return bytes;
}

std::size_t bytes_of(const NetTerm& term) {
    std::size_t bytes = term.compressed ? bytes_of(*term.compressed) : 0;
    for (const Descriptor& descriptor : term.descriptors) bytes += bytes_of(descriptor);
    for (const Network& network : term.fitting.networks) bytes += bytes_of(network);
    return bytes;
}

}  // namespace

std::size_t bytes_of(const ModelData& model) {
    std::size_t bytes = model.metadata.capacity();
    for (const NetTerm& term : model.local().terms) bytes += bytes_of(term);
    for (const PairTable& table : model.local().pair_terms) bytes += bytes_of(table.coefficients);
    return bytes;
}

}  // namespace dpmd
