#include "models/local/compress/describe.hpp"

#include <algorithm>

#include "models/local/flop_counts.hpp"
#include "models/local/radial_functions.hpp"

namespace dpmd {
namespace {

// The part of the slots of sel that neighbours fill in water and copper.
constexpr double usual_filling = 0.65;

double usual_neighbors(const Environment& environment) {
    const bool is_unlimited = environment.slot_order == SlotOrder::unlimited;
    return usual_filling * (is_unlimited ? environment.normalization : environment.n_slots());
}

double usual_neighbors_of_type(const Environment& environment, int type) {
    const auto n_types = std::size_t(environment.n_types());
    if (environment.sel.size() == n_types) return usual_filling * environment.sel[std::size_t(type)];
    return usual_neighbors(environment) / double(n_types);
}

/// Adds what a descriptor of a compressed term costs, for each centre type.
template <class One>
void add_descriptor(const One& descriptor, const MomentForm& form, std::size_t bytes_per_number, CompressionInfo& out) {
    const Environment& environment = descriptor.environment;
    const RadialFunctions functions = functions_of(descriptor);
    const int n = environment.n_components, n_channels = functions.n_channels(), n_given = descriptor.n_features();
    const double n_neighbors = usual_neighbors(environment);
    out.n_neighbors = std::max(out.n_neighbors, n_neighbors);
    out.n_channels += n_channels;
    out.n_descriptor += n_given;
    for (std::size_t i = 0; i < form.centers.size(); ++i) {
        const MomentCenter& center = form.centers[i];
        double embedding = 0;
        for (std::size_t t = 0; t < center.tables.size(); ++t) {
            if (!center.tables[t]) continue;
            const Network& network = *functions.at(int(i), int(t))->network;
            embedding += usual_neighbors_of_type(environment, int(t)) *
                         (flop_of(network) + flop_per_channel(n) * network.n_out());
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

/// The same for a descriptor of pairs of neighbours. A sum over them costs as much for any number of channels; what it
/// gives is multiplied by the tables.
template <class One>
void add_descriptor(const One& descriptor, const AngleTables& form, std::size_t bytes_per_number,
                    CompressionInfo& out) {
    const Environment& environment = descriptor.environment;
    const PairFunctions functions = pair_functions(descriptor);
    const int n_channels = functions.n_channels(), n_features = descriptor.n_features();
    out.n_neighbors = std::max(out.n_neighbors, usual_neighbors(environment));
    out.n_channels += n_channels;
    out.n_descriptor += n_features;
    out.nearest = form.nearest;
    double as_trained = 0, in_tables = 0;
    for (const PairFunctions::Pair& pair : functions.pairs) {
        const double n_a = usual_neighbors_of_type(environment, pair.a),
                     n_b = usual_neighbors_of_type(environment, pair.b);
        const double n_pairs = pair.a == pair.b ? n_a * (n_a + 1) / 2 : n_a * n_b;
        const std::size_t n_numbers =
            form.tables[pair.function].coefficients.size() * std::size_t(functions.n_sums(pair));
        for (const Network& network : functions.functions[pair.function])
            as_trained += n_pairs * (flop_of(network) + flop_per_angle + flop_per_angle_channel * n_channels);
        in_tables += n_pairs * (flop_per_angle + flop_per_angle_place) + 4.0 * double(n_numbers);
        out.table_bytes += n_numbers * bytes_per_number;
    }
    for (std::size_t i = 0; i < out.n_basis.size(); ++i) {
        out.n_basis[i] += n_channels;
        out.n_features[i] += n_features;
        out.mflop_uncompressed[i] += 1e-6 * as_trained;
        out.mflop_table[i] += 1e-6 * in_tables;
        out.mflop[i] += 1e-6 * in_tables;
    }
}

/// No term with such a descriptor is compressed.
template <class One>
void add_descriptor(const One&, const std::monostate&, std::size_t, CompressionInfo&) {}

/// Adds a term that compression has changed.
void add_term(const NetTerm& term, std::size_t bytes_per_number, CompressionInfo& out) {
    for (std::size_t d = 0; d < term.descriptors.size(); ++d)
        std::visit(
            [&](const auto& one) {
                using Form = typename std::decay_t<decltype(one)>::Compressed;
                add_descriptor(one, std::get<Form>(term.compressed->descriptors[d]), bytes_per_number, out);
            },
            term.descriptors[d]);
    for (std::size_t i = 0; i < term.fitting.energy_shift.size(); ++i) {
        const double fitting = 1e-6 * flop_of(term.fitting.network(static_cast<int>(i)));
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
