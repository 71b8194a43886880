// Writes model deviations as rows of a text file, and the frames whose deviation lies between two thresholds.
#include <utility>

#include "comm/together.hpp"
#include "core/text.hpp"
#include "io/frame.hpp"
#include "md/gather.hpp"
#include "md/observer.hpp"
#include "md/shared_file.hpp"

namespace dpmd::md {
namespace {

void check(const DeviationOptions& options) {
    if (!(options.lower >= 0)) throw InputError(concat("lower = ", options.lower, " eV/Å must be zero or more"));
    if (!(options.upper > options.lower))
        throw InputError(
            concat("upper = ", options.upper, " eV/Å must be greater than lower = ", options.lower, " eV/Å"));
}

class DeviationLog final : public Observer {
public:
    DeviationLog(const DeviationOptions& options, Models models, double& largest, const Scene& scene,
                 Resumption* resumption)
        : options_((check(options), options)),
          columns_{options.atomic, false},
          models_(std::move(models)),
          largest_(largest),
          rows_(scene.state.ranks, [&] { return open_output(options.path, deviation_format(columns_), resumption); }) {
        if (options.selected.empty()) return;
        frames_.emplace(scene.state.ranks, [&] {
            return open_output(options.selected, trajectory_format(format_, scene.state.n_total), resumption);
        });
    }

    void observe(const Scene& scene) override {
        const std::vector<ModelForces> others = models_();
        const Gather gather(scene.state);
        std::vector<Result> results;
        const auto add = [&](std::span<const double> forces, double energy, const std::array<double, 9>& virial) {
            const GatheredRows<double> all = gather.at_first(forces);
            Result& result = results.emplace_back();
            result.energy = energy;
            result.virial = virial;
            result.forces.assign(all.rows.begin(), all.rows.end());
        };
        std::array<double, 9> virial;
        std::copy_n(&scene.state.virial.m[0][0], 9, virial.begin());
        add(scene.state.forces.on_host(), scene.state.energy, virial);
        for (const ModelForces& other : others) add(other.forces, other.energy, other.virial);

        ModelDeviation found;
        together(*scene.state.ranks, [&] {
            if (scene.state.is_first()) found = model_deviation(results, options_.levels);
        });
        const std::int64_t step = scene.state.step;
        if (row_step_ != step) rows_.append(step, [&] { return text_ = deviation_row(step, found, columns_); });
        largest_ = found.max_f;
        scene.state.ranks->broadcast(std::as_writable_bytes(std::span(&largest_, 1)), 0);
        row_step_ = step;  // write the row once, even if the frame fails and the step is shown again
        if (frames_) select(scene, gather, found);
    }
    void sync() override {
        rows_.sync();
        if (frames_) frames_->sync();
    }
    void add_marks(std::vector<FileMark>& marks) const override {
        rows_.add_mark(marks);
        if (frames_) frames_->add_mark(marks);
    }
    std::optional<std::int64_t> last_step() const override { return rows_.last_step(); }

private:
    /// The deviation of each atom is known only on rank 0.
    void select(const Scene& scene, const Gather& gather, const ModelDeviation& found) {
        const State& state = scene.state;
        if (!(options_.lower <= largest_ && largest_ < options_.upper)) return;
        const auto types = gather.at_first(state.types);
        const auto positions = gather.at_first(state.positions);
        frames_->append(state.step, [&] {
            Frame frame;
            frame.step = state.step;
            frame.run_id = scene.run_id;
            frame.time = static_cast<double>(state.step) * scene.timestep;
            frame.energy = state.energy;
            frame.box = state.box;
            frame.names = scene.names;
            frame.types = types.rows;
            frame.positions = positions.rows.data();
            frame.force_deviations = found.forces.data();
            frame.fixed = state.fixed;
            text_.clear();
            format_.write(frame, text_);
            return std::string_view(text_);
        });
    }

    DeviationOptions options_;
    DeviationColumns columns_;
    Models models_;
    double& largest_;  // max_devi_f of the last row
    ExtendedXyz format_;
    SharedFile rows_;
    std::optional<SharedFile> frames_;
    std::optional<std::int64_t> row_step_;
    std::string text_;
};

}  // namespace

std::unique_ptr<Observer> make_deviation_log(const DeviationOptions& options, Models models, double& largest,
                                             const Scene& scene, Resumption* resumption) {
    return std::make_unique<DeviationLog>(options, std::move(models), largest, scene, resumption);
}

}  // namespace dpmd::md
