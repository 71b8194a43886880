#include "dpmd/committee.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <utility>

#include "core/fork.hpp"
#include "core/text.hpp"
#include "engine/backend_choice.hpp"
#include "engine/inputs.hpp"
#include "engine/make_engine.hpp"
#include "engine/one_frame.hpp"
#include "math/model_deviation.hpp"

namespace dpmd {
namespace {

/// A title above a column of " %18.6e".
std::string right_aligned(const std::string& title) { return std::string(19 - title.size(), ' ') + title; }

}  // namespace

struct Committee::Implementation {
    Implementation(std::vector<Model> given, const RunOptions& options) : models(std::move(given)), place(options) {
        if (models.empty()) throw InputError("a committee needs a model");
        for (const Model& model : models) {
            place.require(model);
            require_same_inputs(*models.front().runnable().data, *model.runnable().data);
        }
    }

    /// Made when it is first needed for a calculation.
    ForceEngine& engine() {
        if (!made) {
            auto first = make_engine(models.front(), place.options());
            for (std::size_t k = 1; k < models.size(); ++k) first->add_model(models[k].runnable());
            made = std::move(first);
        }
        return *made;
    }

    std::vector<Model> models;
    BackendChoice place;
    std::unique_ptr<ForceEngine> made;
    ForkAwareMutex turn{"this committee"};
};

Committee::Committee(std::vector<Model> models, const RunOptions& options)
    : implementation_(std::make_unique<Implementation>(std::move(models), options)) {}
Committee::~Committee() = default;
Committee::Committee(Committee&&) noexcept = default;
Committee& Committee::operator=(Committee&&) noexcept = default;

std::size_t Committee::size() const { return implementation_->models.size(); }
const Model& Committee::model(std::size_t k) const { return implementation_->models.at(k); }

std::vector<Result> Committee::compute(const Atoms& atoms, bool atom_virials) {
    const std::lock_guard lock(implementation_->turn);
    return compute_frame(implementation_->engine(), atoms, atom_virials);
}

ModelDeviation model_deviation(std::span<const Result> results, const DeviationLevels& levels) {
    const std::size_t n = results.empty() ? 0 : results.front().forces.size() / 3;
    if (n == 0) throw InputError("a deviation needs results of atoms");
    std::vector<double> forces, virials, energies;
    for (const Result& result : results) {
        if (result.forces.size() != 3 * n)
            throw InputError(concat("forces of ", result.forces.size() / 3, " atoms among those of ", n));
        forces.insert(forces.end(), result.forces.begin(), result.forces.end());
        virials.insert(virials.end(), result.virial.begin(), result.virial.end());
        energies.push_back(result.energy);
    }
    const std::size_t k = results.size();
    const double per_atom = 1.0 / double(n);
    ModelDeviation out;
    for (std::size_t i = 0; i < n; ++i)
        out.forces.push_back(model_deviation(forces.data() + 3 * i, k, 3 * n, 3, 1.0, levels.force));
    std::array<double, 9> v{};
    for (std::size_t c = 0; c < 9; ++c) v[c] = model_deviation(virials.data() + c, k, 9, 1, per_atom, levels.virial);
    const auto [min_f, max_f] = std::minmax_element(out.forces.begin(), out.forces.end());
    const auto [min_v, max_v] = std::minmax_element(v.begin(), v.end());
    out.max_f = *max_f;
    out.min_f = *min_f;
    for (const double f : out.forces) out.avg_f += f * per_atom;
    out.max_v = *max_v;
    out.min_v = *min_v;
    for (const double c : v) out.avg_v += c * c / 9;
    out.avg_v = std::sqrt(out.avg_v);
    out.energy = model_deviation(energies.data(), k, 1, 1, per_atom, -1);
    return out;
}

std::string deviation_header(const DeviationColumns& columns) {
    std::string line = "#       step";
    for (const char* title : {"max_devi_v", "min_devi_v", "avg_devi_v", "max_devi_f", "min_devi_f", "avg_devi_f"})
        line += right_aligned(title);
    if (columns.energy) line += right_aligned("devi_e");
    if (columns.atomic) line += right_aligned("atm_devi_f(N)");
    return line + "\n";
}

std::string deviation_row(std::int64_t step, const ModelDeviation& d, const DeviationColumns& columns) {
    char text[32];
    std::snprintf(text, sizeof text, "%12lld", static_cast<long long>(step));
    std::string line = text;
    const auto add = [&](double value) {
        std::snprintf(text, sizeof text, " %18.6e", value);
        line += text;
    };
    for (const double value : {d.max_v, d.min_v, d.avg_v, d.max_f, d.min_f, d.avg_f}) add(value);
    if (columns.energy) add(d.energy);
    for (std::size_t i = 0; columns.atomic && i < d.forces.size(); ++i) add(d.forces[i]);
    return line + "\n";
}

}  // namespace dpmd
