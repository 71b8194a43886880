#include "models/local/compress/describe.hpp"

#include <algorithm>

#include "models/local/flop_counts.hpp"

namespace dpmd {
namespace {

// The part of the slots of sel that neighbours fill in water and copper.
constexpr double usual_filling = 0.65;

/// Adds what a descriptor of a compressed term costs, for each centre type.
void add_descriptor(const Descriptor& descriptor, const MomentForm& form, std::size_t bytes_per_number,
                    CompressionInfo& out) {
    const Environment& environment = environment_of(descriptor);
    const EmbeddingNets& nets = embedding_of(descriptor);
    const int n = environment.n_components, n_channels = nets.n_channels(), n_given = n_features(descriptor);
    const double n_neighbors = usual_filling * environment.n_slots();
    out.n_neighbors = std::max(out.n_neighbors, n_neighbors);
    out.n_channels += n_channels;
    out.n_descriptor += n_given;
    for (std::size_t i = 0; i < form.centers.size(); ++i) {
        const MomentCenter& center = form.centers[i];
        double embedding = 0;
        for (std::size_t t = 0; t < center.tables.size(); ++t) {
            if (!center.tables[t]) continue;
            const Network& network = *nets.at(int(i), int(t));
            embedding +=
                usual_filling * environment.sel[t] * (flop_of(network) + flop_per_channel(n) * network.n_out());
            out.nearest = center.tables[t]->nearest;
            out.table_bytes += center.tables[t]->coefficients.size() * bytes_per_number;
        }
        out.n_basis[i] += center.n_basis;
        out.n_features[i] += center.n_features;
        out.mflop_uncompressed[i] += 1e-6 * (embedding + flop_per_feature(n) * n_given);
        out.mflop_table[i] +=
            1e-6 * (n_neighbors * flop_per_table_function(n) * n_channels + flop_per_feature(n) * n_given);
        out.mflop[i] += 1e-6 * (n_neighbors * flop_per_table_function(n) * center.n_basis +
                                flop_per_feature(n) * center.n_features);
    }
}

/// Adds a term that compression has changed.
void add_term(const NetTerm& term, std::size_t bytes_per_number, CompressionInfo& out) {
    for (std::size_t d = 0; d < term.descriptors.size(); ++d)
        add_descriptor(term.descriptors[d], term.compressed->descriptors[d], bytes_per_number, out);
    for (std::size_t i = 0; i < term.fitting.networks.size(); ++i) {
        const double fitting = 1e-6 * flop_of(term.fitting.networks[i]);
        out.mflop_uncompressed[i] += fitting;
        out.mflop_table[i] += fitting;
        out.mflop[i] += 1e-6 * flop_of(term.compressed->fittings[i]);
    }
}

}  // namespace

CompressionInfo describe_compression(const ModelData& model, const CompressionReport& report,
                                     std::size_t bytes_per_number) {
    CompressionInfo out;
    const LocalModel& local = model.local();
    out.active = !local.terms.empty() && local.terms.front().compressed != nullptr;
    out.refusal = report.refusal;
    out.tolerance = report.tolerance;
    if (!out.active) return out;
    out.force_error = report.force_error;
    out.value_error = report.value_error;
    out.slope_error = report.slope_error;
    out.n_probe_atoms = report.n_probe_atoms;

    const auto n_types = std::size_t(model.n_types());
    for (auto* values : {&out.n_basis, &out.n_features}) values->assign(n_types, 0);
    for (auto* values : {&out.mflop_uncompressed, &out.mflop_table, &out.mflop}) values->assign(n_types, 0.0);
    for (const NetTerm& one : local.terms) add_term(one, bytes_per_number, out);
    return out;
}

}  // namespace dpmd
