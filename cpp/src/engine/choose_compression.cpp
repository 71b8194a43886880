#include "engine/choose_compression.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "core/text.hpp"
#include "engine/force_engine.hpp"
#include "models/local/compress/compress.hpp"
#include "models/local/compress/probe_structure.hpp"

namespace dpmd {
namespace {

// Tables begin a tenth below the shortest distance of the training data.
constexpr double table_margin = 0.9;
// For models that do not record that distance.
constexpr double default_shortest_distance = 0.8;  // Å
constexpr int n_probe_atoms = 48;
constexpr int most_trials = 6;
// The fraction of the tolerance that the probe may show: a long run meets worse environments than a few dozen atoms do.
constexpr double safety = 0.4;
// A form this much better than asked for is worth a trial with a smaller one.
constexpr double generous = 20;

/// Parameters in the middle of those that the model was trained with.
struct ProbeParameters {
    std::vector<double> fparam, aparam;  ///< [n_fparam], [n_aparam] of one atom

    explicit ProbeParameters(const LocalModel& model) {
        for (const NetTerm& term : model.terms) {
            if (fparam.empty()) fparam = term.fitting.fparam_shift;
            if (aparam.empty()) aparam = term.fitting.aparam_shift;
        }
    }
};

/// Forces of the probe structure, [n][3].
std::vector<double> probe_forces(const ProbeStructure& probe, ForceEngine& engine, const ProbeParameters& parameters) {
    const std::size_t n = probe.types.size();
    std::vector<double> forces(3 * n), aparam;
    for (std::size_t k = 0; k < n; ++k) aparam.insert(aparam.end(), parameters.aparam.begin(), parameters.aparam.end());
    ForceCall call;
    call.atoms = {static_cast<std::int32_t>(n), probe.positions.data(), probe.types.data(), nullptr};
    call.lattice = Lattice(probe.box);
    call.fparam = parameters.fparam;
    call.aparam = aparam;
    call.forces = forces.data();
    engine.compute_on_host(call);
    return forces;
}

double largest_deviation(const std::vector<double>& a, const std::vector<double>& b) {
    double largest = 0;
    for (std::size_t k = 0; k < a.size(); ++k) largest = std::max(largest, std::fabs(a[k] - b[k]));
    return largest;
}

double root_mean_square(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value * value;
    return std::sqrt(sum / double(values.size()));
}

/// The same model with the compressed forms of its terms added.
std::shared_ptr<const ModelData> with_forms(const ModelData& model, const compress::CompressedTerms& forms) {
    auto out = std::make_shared<ModelData>(model);
    std::vector<NetTerm>& terms = std::get<LocalModel>(out->kind).terms;
    for (std::size_t k = 0; k < terms.size(); ++k)
        terms[k].compressed = std::make_shared<const CompressedTerm>(forms[k]);
    return out;
}

/// The model without its pair tables: compression changes its nets only, and a bridge would hide them.
std::shared_ptr<const ModelData> nets_alone(const std::shared_ptr<const ModelData>& model) {
    if (model->local().pair_terms.empty()) return model;
    auto out = std::make_shared<ModelData>(*model);
    auto& local = std::get<LocalModel>(out->kind);
    local.pair_terms.clear();
    local.bridge.reset();
    return out;
}

}  // namespace

ChosenForm choose_compression(const std::shared_ptr<const ModelData>& model, Compression form, double tolerance,
                              int n_threads) {
    ChosenForm best{model, {}};
    best.report.tolerance = tolerance;
    const double shortest = model->min_neighbor_distance.value_or(default_shortest_distance);
    const double nearest = table_margin * shortest;
    best.report.refusal = compress::Compressor::refusal(*model, nearest);
    if (!best.report.refusal.empty()) return best;

    const compress::Compressor compressor(*model, nearest, n_threads);
    const ProbeParameters parameters(model->local());
    const std::shared_ptr<const ModelData> nets = nets_alone(model);
    const std::shared_ptr<Backend> backend = make_backend({"cpu", n_threads, ""});
    const ProbeStructure probe = probe_structure(*nets, n_probe_atoms, shortest);
    ForceEngine exact({nets, Precision::fp64, OverflowPolicy::keep_nearest}, backend, 0);
    const std::vector<double> expected = probe_forces(probe, exact, parameters);
    const double rms = root_mean_square(expected);
    // the probe's random gas has larger forces than typical simulations, and the deviation grows with them
    const double allowed = safety * tolerance * std::max(1.0, rms);

    double error = 10 * tolerance, least = 0;
    bool found = false;
    for (int trial = 0; trial < most_trials; ++trial) {
        const compress::Accuracy accuracy{error, form == Compression::table};
        const std::string too_large = compressor.refusal_of_tables(accuracy);
        if (!too_large.empty()) {
            if (!found) best.report.refusal = too_large;
            break;
        }
        const compress::CompressedTerms forms = compressor.compress(accuracy);
        const std::shared_ptr<const ModelData> candidate = with_forms(*nets, forms);
        ForceEngine engine({candidate, Precision::fp64, OverflowPolicy::keep_nearest}, backend, 0);
        const double deviation = largest_deviation(probe_forces(probe, engine, parameters), expected);
        least = trial == 0 ? deviation : std::min(least, deviation);
        if (deviation <= allowed) {
            found = true;
            best.model = nets == model ? candidate : with_forms(*model, forms);
            const compress::NetError net_error = compressor.deviation(forms);
            best.report.value_error = net_error.value;
            best.report.slope_error = net_error.slope;
            best.report.force_error = deviation / std::max(1.0, rms);
            best.report.force_rms = rms;
            best.report.n_probe_atoms = static_cast<int>(probe.types.size());
            if (deviation * generous > allowed) break;
            error *= std::min(8.0, allowed / std::max(deviation, 1e-300) / 4);
        } else {
            if (found) break;
            error *= std::max(1e-4, 0.5 * allowed / deviation);
        }
    }
    if (!found && best.report.refusal.empty())
        best.report.refusal = concat("the tables reach a force error of ", least / std::max(1.0, rms),
                                     " eV/Å, not the ", tolerance, " asked for; a larger tolerance allows them");
    return best;
}

}  // namespace dpmd
