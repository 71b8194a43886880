#include "models/local/compress/describe.hpp"


namespace dpmd {
namespace {

/// Floating-point operations of a net over one row, forwards and back to its input: two products per weight each.
double flop_of(const Network& network) {
    double sum = 0;
    for (const Layer& layer : network.layers) sum += 4.0 * layer.n_in * layer.n_out;
    return sum;
}

// The part of the slots that neighbours fill in water and copper.
constexpr double filled_slots = 0.65;
// Per row and function: 5 multiply-adds of the polynomial and 4 of the moments forwards; 9 of value and slope, 4 of the
// gradient of B, 1 of the slope and 4 of the row backwards. All times two.
constexpr double flop_per_table_function = 2 * (9 + 18);
// Per row and channel: 4 forwards, 8 backwards.
constexpr double flop_per_channel = 2 * (4 + 8);
// Per feature: 4 products forwards, 8 backwards.
constexpr double flop_per_feature = 2 * (4 + 8);

}  // namespace

CompressionInfo describe_compression(const ModelData& model, const CompressionReport& report,
                                     std::size_t bytes_per_number) {
    CompressionInfo out;
    const LocalModel& local = model.local();
    const NetTerm& term = local.terms.front();
    out.active = term.compressed != nullptr;
    out.refusal = report.refusal;
    out.tolerance = report.tolerance;
    if (!out.active) return out;
    out.force_error = report.force_error;
    out.value_error = report.value_error;
    out.slope_error = report.slope_error;
    out.n_probe_atoms = report.n_probe_atoms;

    const auto& descriptor = std::get<SeA>(term.descriptors.front());
    const Environment& environment = descriptor.environment;
    out.n_neighbors = filled_slots * environment.n_slots();
    out.n_channels = descriptor.embedding.n_channels();
    out.n_descriptor = descriptor.n_features();
    const std::vector<MomentCenter>& centers = term.compressed->descriptors.front().centers;
    for (std::size_t i = 0; i < centers.size(); ++i) {
        const MomentCenter& center = centers[i];
        double embedding = 0;
        for (std::size_t t = 0; t < center.tables.size(); ++t) {
            if (!center.tables[t]) continue;
            const Network& network = *descriptor.embedding.at(int(i), int(t));
            embedding += filled_slots * environment.sel[t] * (flop_of(network) + flop_per_channel * network.n_out());
            out.nearest = center.tables[t]->nearest;
            out.table_bytes += center.tables[t]->coefficients.size() * bytes_per_number;
        }
        out.n_basis.push_back(center.n_basis);
        out.n_features.push_back(center.n_features);
        const double fitting = flop_of(term.fitting.networks[i]);
        out.mflop_uncompressed.push_back(1e-6 * (embedding + fitting + flop_per_feature * out.n_descriptor));
        out.mflop_table.push_back(1e-6 * (out.n_neighbors * flop_per_table_function * out.n_channels + fitting +
                                          flop_per_feature * out.n_descriptor));
        out.mflop.push_back(1e-6 * (out.n_neighbors * flop_per_table_function * center.n_basis +
                                    flop_of(term.compressed->fittings[i]) + flop_per_feature * center.n_features));
    }
    return out;
}

}  // namespace dpmd
