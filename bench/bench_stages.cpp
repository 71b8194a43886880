// Question: where does the time of a force call go, and how close does each stage come to what the core can do?
// The stages run inside whole force calls on one thread or a device, forwards and backwards, with the neighbour list
// kept. All stages of a variant are timed in the same calls; the time of a stage is their median. A device measures its
// times itself, with events between the stages.
// Checked before timing: every cell has the forces that the exact nets in double give for one cell.
#include <algorithm>
#include <array>

#include "cases.hpp"
#include "check.hpp"
#include "core/text.hpp"
#include "flop_count.hpp"
#include "structure.hpp"
#include "variant.hpp"

namespace dpmd::bench {
namespace {

constexpr double skin = 2.0;             // Å
constexpr double shortest_series = 0.2;  // seconds
constexpr int fewest_calls = 3;
constexpr const char* stage_names[n_stages] = {"environment", "embedding", "descriptor", "fitting", "forces"};

/// Seconds of each stage.
using Times = std::array<double, n_stages>;

/// The times of one call, or of all calls so far.
Times times_of(const Potential& potential) {
    Times out{};
    for (const StageTime& time : potential.stage_times())
        for (std::size_t k = 0; k < n_stages; ++k)
            if (time.stage == stage_names[k]) out[k] = time.seconds;
    return out;
}

/// The stages of one variant and size, measured as often as the most repeated of them.
class Measurements {
public:
    Measurements(Variant variant, Size size) : variant_(std::move(variant)), side_(size.side) {}

    const Variant& variant() const { return variant_; }
    int n_atoms() const { return n_atoms_; }
    const CallWork& work() const { return work_; }
    const Times& series(std::size_t k) {
        while (series_.size() <= k) series_.push_back(measure());
        return series_[k];
    }

private:
    Times measure() {
        const Structure structure = structure_for(model().type_map, side_);
        const Atoms atoms{structure.positions, structure.types, structure.box, {}, {}};
        const std::shared_ptr<Potential> potential = load(variant_, 1, skin);
        const Result result = potential->compute(atoms);
        const std::string fault = fault_of(variant_, *potential, result.forces, result.energy);
        if (!fault.empty()) throw InternalError(fault);
        n_atoms_ = structure.size();
        work_ = count_call(*potential, side_);

        std::array<std::vector<double>, n_stages> calls;
        const std::int64_t start = nanoseconds();
        while (calls[0].size() < fewest_calls || 1e-9 * double(nanoseconds() - start) < shortest_series) {
            const Times before = times_of(*potential);
            potential->compute(atoms);
            const Times after = times_of(*potential);
            for (std::size_t k = 0; k < n_stages; ++k) calls[k].push_back(after[k] - before[k]);
        }
        Times medians{};
        for (std::size_t k = 0; k < n_stages; ++k) {
            const auto middle = calls[k].begin() + std::ptrdiff_t(calls[k].size() / 2);
            std::nth_element(calls[k].begin(), middle, calls[k].end());
            medians[k] = *middle;
        }
        return medians;
    }

    Variant variant_;
    int side_;
    int n_atoms_ = 0;
    CallWork work_{};
    std::vector<Times> series_;  // one per repetition
};

void stage(benchmark::State& state, Measurements& measurements, std::size_t which, std::size_t repetition) {
    const double seconds = measurements.series(repetition)[which];
    for (auto _ : state) state.SetIterationTime(seconds);
    const Variant& variant = measurements.variant();
    // a device does some stages together with others: a stage that took no time means nothing
    const StageWork work = seconds > 1e-6 ? measurements.work()[which] : StageWork{};
    set_counters(state, {double(measurements.n_atoms()), work.flop, work.bytes, peak_of(variant, 1)}, seconds);
}

std::vector<Size> sizes_of(const Variant& variant) {
    if (!variant.is_on_cpu()) return sizes_on(variant.device, {});
    return {{1, 1}, {2, 1}, {4, 1}};
}

}  // namespace

void register_cases() {
    structure_for(model().type_map, 1);  // ends the program for a model that cannot be measured
    for (const Variant& variant : with_devices(all_variants()))
        for (const Size& size : sizes_of(variant)) {
            const auto measurements = std::make_shared<Measurements>(variant, size);
            for (std::size_t k = 0; k < n_stages; ++k) {
                const auto n_repetitions = std::make_shared<std::size_t>(0);
                const std::string name = concat(stage_names[k], "/", variant.name(), "/", size.name());
                add_case(name, [=](benchmark::State& state) { stage(state, *measurements, k, (*n_repetitions)++); })
                    ->UseManualTime()
                    ->Iterations(1);
            }
        }
}

}  // namespace dpmd::bench
