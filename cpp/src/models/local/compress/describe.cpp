#include "models/local/compress/describe.hpp"

#include <algorithm>
#include <numeric>

namespace dpmd {
namespace {

/// Floating-point operations of a net over one row, forwards and back to its input: two products per weight each.
double flop_of(const Network& network) {
    double sum = 0;
    for (const Layer& layer : network.layers) sum += 4.0 * layer.n_in * layer.n_out;
    return sum;
}

// Per row and function: 5 multiply-adds of the polynomial and 4 of the moments forwards; 9 of value and slope, 4 of the
// gradient of B, 1 of the slope and 4 of the row backwards. All times two.
constexpr double flop_per_table_function = 2 * (9 + 18);
// Per row and channel: 4 forwards, 8 backwards.
constexpr double flop_per_exact_channel = 2 * (4 + 8);
// Per feature: 4 products forwards, 8 backwards.
constexpr double flop_per_feature = 2 * (4 + 8);

}  // namespace

CompressionInfo describe_compression(const ModelSpec& model, const CompressedModel* chosen, Precision precision) {
    CompressionInfo out;
    if (chosen == nullptr) return out;
    const CompressionReport& report = chosen->report;
    out.active = report.refusal.empty();
    out.refusal = report.refusal;
    out.tolerance = report.tolerance;
    if (!out.active) return out;
    out.force_error = report.force_error;
    out.value_error = report.value_error;
    out.slope_error = report.slope_error;
    out.n_probe_atoms = report.n_probe_atoms;

    const DescriptorSpec& descriptor = model.descriptor;
    const double n_slots = std::accumulate(descriptor.sel.begin(), descriptor.sel.end(), 0.0);
    out.n_neighbors = 0.65 * n_slots;
    const std::size_t bytes = precision == Precision::fp64 ? 8 : 4;
    for (std::size_t i = 0; i < chosen->centers.size(); ++i) {
        const CompressedCenter& center = chosen->centers[i];
        double embedding = 0;
        for (std::size_t t = 0; t < center.tables.size(); ++t) {
            if (!center.tables[t]) continue;
            const Network& network = *descriptor.network(int(i), int(t));
            out.n_channels = network.n_out();
            embedding += 0.65 * descriptor.sel[t] * (flop_of(network) + flop_per_exact_channel * network.n_out());
            out.nearest = center.tables[t]->nearest;
            out.table_bytes += center.tables[t]->coefficients.size() * bytes;
        }
        out.n_descriptor = out.n_channels * descriptor.axis_neuron;
        out.n_basis.push_back(center.n_basis);
        out.n_features.push_back(center.n_features());
        const double fitting = flop_of(model.fitting.networks[i]);
        out.mflop_exact.push_back(1e-6 * (embedding + fitting + flop_per_feature * out.n_descriptor));
        out.mflop_table.push_back(1e-6 * (out.n_neighbors * flop_per_table_function * out.n_channels + fitting +
                                          flop_per_feature * out.n_descriptor));
        out.mflop.push_back(1e-6 * (out.n_neighbors * flop_per_table_function * center.n_basis +
                                    flop_of(center.fitting) + flop_per_feature * center.n_features()));
    }
    return out;
}

}  // namespace dpmd
