#include "models/local/compress/describe.hpp"

#include "models/local/flop_counts.hpp"

namespace dpmd {
namespace {

// The part of the slots of sel that neighbours fill in water and copper.
constexpr double usual_filling = 0.65;

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

    const Descriptor& descriptor = term.descriptors.front();
    const Environment& environment = environment_of(descriptor);
    const EmbeddingNets& embedding_nets = embedding_of(descriptor);
    const int n = environment.n_components;
    out.n_neighbors = usual_filling * environment.n_slots();
    out.n_channels = embedding_nets.n_channels();
    out.n_descriptor = n_features(descriptor);
    const std::vector<MomentCenter>& centers = term.compressed->descriptors.front().centers;
    for (std::size_t i = 0; i < centers.size(); ++i) {
        const MomentCenter& center = centers[i];
        double embedding = 0;
        for (std::size_t t = 0; t < center.tables.size(); ++t) {
            if (!center.tables[t]) continue;
            const Network& network = *embedding_nets.at(int(i), int(t));
            embedding +=
                usual_filling * environment.sel[t] * (flop_of(network) + flop_per_channel(n) * network.n_out());
            out.nearest = center.tables[t]->nearest;
            out.table_bytes += center.tables[t]->coefficients.size() * bytes_per_number;
        }
        out.n_basis.push_back(center.n_basis);
        out.n_features.push_back(center.n_features);
        const double fitting = flop_of(term.fitting.networks[i]);
        out.mflop_uncompressed.push_back(1e-6 * (embedding + fitting + flop_per_feature(n) * out.n_descriptor));
        out.mflop_table.push_back(1e-6 * (out.n_neighbors * flop_per_table_function(n) * out.n_channels + fitting +
                                          flop_per_feature(n) * out.n_descriptor));
        out.mflop.push_back(1e-6 * (out.n_neighbors * flop_per_table_function(n) * center.n_basis +
                                    flop_of(term.compressed->fittings[i]) + flop_per_feature(n) * center.n_features));
    }
    return out;
}

}  // namespace dpmd
