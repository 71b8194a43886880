// Writes trajectory files: a format, and a file that grows frame by frame.
#include <string_view>
#include <utility>

#include "core/text.hpp"
#include "io/frame.hpp"
#include "md/gather.hpp"
#include "md/observer.hpp"
#include "md/shared_file.hpp"

namespace dpmd::md {
namespace {

std::unique_ptr<FrameFormat> make_dump(const TrajectoryOptions& options) {
    if (options.virial)
        throw InputError(
            concat("virial = true: ", options.path, " is a LAMMPS dump, which has no place for it; write extxyz"));
    return std::make_unique<LammpsDump>(options.time);
}

std::unique_ptr<FrameFormat> make_format(const TrajectoryOptions& options) {
    const std::string_view path = options.path;
    const auto ends_with = [&](std::string_view ending) { return options.format.empty() && path.ends_with(ending); };
    if (options.format == "extxyz" || ends_with(".extxyz") || ends_with(".xyz")) return std::make_unique<ExtendedXyz>();
    if (options.format == "lammps" || ends_with(".lammpstrj") || ends_with(".dump")) return make_dump(options);
    if (!options.format.empty())
        throw InputError(
            concat("format = '", options.format, "' of trajectory ", path, " is not one of: extxyz, lammps"));
    throw InputError(concat(path,
                            ": the name does not tell the format; end it in .extxyz, .xyz, .lammpstrj or .dump, or "
                            "give the format: extxyz, lammps"));
}

class Trajectory final : public Observer {
public:
    Trajectory(const TrajectoryOptions& options, const Scene& scene, Resumption* resumption)
        : format_(make_format(options)),
          velocities_(options.velocities),
          forces_(options.forces),
          virial_(options.virial),
          atoms_(gather(scene)),
          file_(scene.state.ranks, [&] { return open(options.path, scene, resumption); }) {}

    void observe(const Scene& scene) override {
        atoms_ = gather(scene);
        file_.append(scene.state.step, [&] { return format(scene); });
    }
    void add_marks(std::vector<FileMark>& marks) const override { file_.add_mark(marks); }
    void sync() override { file_.sync(); }
    std::optional<std::int64_t> last_step() const override { return file_.last_step(); }

private:
    /// The atoms of all ranks, on rank 0.
    struct Atoms {
        GatheredRows<std::int32_t> types;
        GatheredRows<double> positions, velocities, forces;
    };

    Atoms gather(const Scene& scene) const {
        const State& state = scene.state;
        const Gather gather(state);
        Atoms out{gather.at_first(state.types), gather.at_first(state.positions), {}, {}};
        if (velocities_) out.velocities = gather.at_first(state.velocities);
        if (forces_) out.forces = gather.at_first(state.forces);
        return out;
    }

    RecordFile open(const std::string& path, const Scene& scene, Resumption* resumption) {
        (void)format(scene);  // refuse a cell that the format cannot hold before touching an old file
        return open_output(path, trajectory_format(*format_, scene.state.n_total), resumption);
    }

    std::string_view format(const Scene& scene) {
        const State& state = scene.state;
        Frame frame;
        frame.step = state.step;
        frame.run_id = scene.run_id;
        frame.time = static_cast<double>(state.step) * scene.timestep;
        frame.energy = state.energy;
        frame.box = state.box;
        frame.lattice = state.lattice.cell;
        frame.inverse_lattice = state.lattice.inverse_cell;
        frame.names = scene.names;
        frame.masses = scene.masses;
        frame.types = atoms_.types.rows;
        frame.positions = atoms_.positions.rows.data();
        frame.fixed = state.fixed;
        if (velocities_) frame.velocities = atoms_.velocities.rows.data();
        if (forces_) frame.forces = atoms_.forces.rows.data();
        if (virial_) frame.virial = &state.virial;
        text_.clear();
        format_->write(frame, text_);
        return text_;
    }

    std::unique_ptr<FrameFormat> format_;
    bool velocities_, forces_, virial_;
    Atoms atoms_;
    std::string text_;
    SharedFile file_;
};

}  // namespace

std::unique_ptr<Observer> make_trajectory(const TrajectoryOptions& options, const Scene& scene,
                                          Resumption* resumption) {
    return std::make_unique<Trajectory>(options, scene, resumption);
}

}  // namespace dpmd::md
