#include "cpu/cpu_backend.hpp"

#include <algorithm>

#include "core/threads.hpp"
#include "cpu/instruction_set.hpp"
#include "cpu/lists/build_neighbors.hpp"
#include "cpu/local/evaluator.hpp"
#include "cpu/verbs.hpp"

namespace dpmd::cpu {
namespace {

class CpuBackend final : public Backend {
public:
    CpuBackend(int n_threads, const std::string& isa)
        : n_threads_(n_threads > 0 ? n_threads : default_threads()), kernels_(select_kernels(isa)) {}

    const char* name() const noexcept override { return "cpu"; }
    Memory& memory() noexcept override { return host_memory(); }
    int n_threads() const noexcept override { return n_threads_; }
    const char* kernels() const noexcept override { return kernels_.isa; }
    void require_precision(Precision precision) const override { cpu::require_precision(precision); }

    void check_atoms(CheckAtomsArgs& args) override { cpu::check_atoms(args); }
    void wrap(WrapArgs& args) override { cpu::wrap(args); }
    void sort_by_cell(const SortByCellArgs& args) override {
        grid_.build(args.positions, args.n, args.cell_size);
        std::copy_n(grid_.order(), args.n, args.order);
    }
    void make_images(MakeImagesArgs& args) override { cpu::make_images(args); }
    void gather_atoms(const GatherAtomsArgs& args) override { cpu::gather_atoms(args); }
    void group_by_type(const GroupByTypeArgs& args) override { cpu::group_by_type(args); }
    void build_neighbors(BuildNeighborsArgs& args) override { neighbors_.build(args, n_threads_); }
    void separate_atoms(const SeparateAtomsArgs& args) override { cpu::separate_atoms(args); }
    void place_atoms(const PlaceAtomsArgs& args) override { cpu::place_atoms(args); }
    void forward_ghosts(const ForwardGhostsArgs& args) override { cpu::forward_ghosts(args); }
    void reverse_ghosts(const ReverseGhostsArgs& args) override { cpu::reverse_ghosts(args); }
    void return_atoms(const ReturnAtomsArgs& args) override { cpu::return_atoms(args); }
    void take_atoms(const TakeAtomsArgs& args) override { cpu::take_atoms(args); }

    std::unique_ptr<Evaluator> make_evaluator(std::span<const RunnableModel> models) override {
        std::unique_ptr<Evaluator> evaluator = make_local_evaluator(kernels_, n_threads_);
        for (const RunnableModel& model : models) evaluator->add_model(model);
        return evaluator;
    }

    void kick(const KickArgs& args) override { cpu::kick(args, n_threads_); }
    void drift(const DriftArgs& args) override { cpu::drift(args, n_threads_); }
    void scale_velocities(const ScaleVelocitiesArgs& args) override { cpu::scale_velocities(args, n_threads_); }
    void shift_velocities(const ShiftVelocitiesArgs& args) override { cpu::shift_velocities(args, n_threads_); }
    void langevin(const LangevinArgs& args) override { cpu::langevin(args, n_threads_); }
    void measure(const MeasureArgs& args) override { cpu::measure(args, n_threads_); }
    void displacement(const DisplacementArgs& args) override { cpu::displacement(args, n_threads_); }
    void ensemble_step(const EnsembleStepArgs& args) override {
        run_ensemble_step(args.what, args.constants, *args.state);
    }
    void close_forces(const CloseForcesArgs& args) override { dpmd::close_forces(args); }
    void judge_list(const JudgeListArgs& args) override { dpmd::judge_list(args); }
    void wait() override {}
    void repeat(int n, const std::function<void()>& step) override {
        for (int k = 0; k < n; ++k) step();
    }

private:
    int n_threads_;
    const TileKernels& kernels_;
    CellGrid grid_;
    NeighborBuilder neighbors_;
};

}  // namespace

std::shared_ptr<Backend> make_backend(int n_threads, const std::string& isa) {
    return std::make_shared<CpuBackend>(n_threads, isa);
}

}  // namespace dpmd::cpu
