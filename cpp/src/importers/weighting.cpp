#include "importers/weighting.hpp"

namespace dpmd::importers {
namespace {

void multiply(std::vector<double>& values, double factor) {
    for (double& value : values) value *= factor;
}

}  // namespace

void weight_energies(Network& network, double weight) {
    multiply(network.layers.back().weight, weight);
    multiply(network.layers.back().bias, weight);
}

void weight_energies(NetTerm& term, double weight) {
    if (weight == 1.0) return;
    for (Network& network : term.fitting.networks) weight_energies(network, weight);
    multiply(term.fitting.energy_shift, weight);
}

void weight_energies(PairTable& table, double weight) {
    if (weight == 1.0) return;
    multiply(table.coefficients, weight);
    multiply(table.energy_shift, weight);
}

}  // namespace dpmd::importers
