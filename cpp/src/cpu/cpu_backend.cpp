#include "cpu/cpu_backend.hpp"

#include <algorithm>

#include "backend/items/listing.hpp"
#include "backend/items/motion.hpp"
#include "backend/items/placement.hpp"
#include "core/threads.hpp"
#include "cpu/instruction_set.hpp"
#include "cpu/items.hpp"
#include "cpu/lists/build_neighbors.hpp"
#include "cpu/lists/ghosts.hpp"
#include "cpu/lists/host_lists.hpp"
#include "cpu/lists/make_lists.hpp"
#include "cpu/local/evaluator.hpp"
#include "cpu/motion/measure.hpp"

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
    void require(const RunnableModel& model) const override { require_model(model); }

    void check_atoms(CheckAtomsArgs& args) override { args.bad = first_failure<CheckAtom>(n_threads_, args.n, args); }
    void wrap(WrapArgs& args) override { args.too_far = first_failure<WrapAtom>(n_threads_, args.n, args); }
    void sort_by_cell(const SortByCellArgs& args) override {
        grid_.build(args.positions, args.n, args.cell_size, n_threads_);
        std::copy_n(grid_.order(), args.n, args.order);
    }
    void make_images(MakeImagesArgs& args) override { cpu::make_images(args, n_threads_); }
    void gather_atoms(const GatherAtomsArgs& args) override {
        for_each_item<GatherAtom>(n_threads_, std::int64_t(args.n_owned) + args.n_ghosts, args);
    }
    void group_by_type(const GroupByTypeArgs& args) override { cpu::group_by_type(args, n_threads_); }
    void build_neighbors(BuildNeighborsArgs& args) override { neighbors_.build(args, n_threads_); }
    void gather_host_lists(GatherHostListsArgs& args) override { cpu::gather_host_lists(args, n_threads_); }
    void order_neighbors(const OrderNeighborsArgs& args) override { cpu::order_neighbors(args, n_threads_); }
    void separate_atoms(const SeparateAtomsArgs& args) override {
        for_each_item<SeparateAtom>(n_threads_, args.n_owned, args);
    }
    void place_atoms(const PlaceAtomsArgs& args) override { for_each_item<PlaceAtom>(n_threads_, args.n, args); }
    void forward_ghosts(const ForwardGhostsArgs& args) override {
        for_each_item<ForwardGhost>(n_threads_, args.n_ghosts, args);
    }
    void reverse_ghosts(const ReverseGhostsArgs& args) override { cpu::reverse_ghosts(args, n_threads_); }
    void return_atoms(const ReturnAtomsArgs& args) override { for_each_value<ReturnValue>(n_threads_, args.n, args); }
    void take_atoms(const TakeAtomsArgs& args) override { for_each_value<TakeValue>(n_threads_, args.n, args); }

    std::unique_ptr<Evaluator> make_evaluator(std::span<const RunnableModel> models) override {
        std::unique_ptr<Evaluator> evaluator = make_local_evaluator(kernels_, n_threads_);
        for (const RunnableModel& model : models) evaluator->add_model(model);
        return evaluator;
    }

    void kick(const KickArgs& args) override { for_each_item<KickAtom>(n_threads_, args.n, args); }
    void drift(const DriftArgs& args) override { for_each_item<DriftAtom>(n_threads_, args.n, args); }
    void scale_velocities(const ScaleVelocitiesArgs& args) override {
        for_each_item<ScaleVelocity>(n_threads_, args.n, args);
    }
    void shift_velocities(const ShiftVelocitiesArgs& args) override {
        for_each_item<ShiftVelocity>(n_threads_, args.n, args);
    }
    void langevin(const LangevinArgs& args) override { for_each_item<AddNoise>(n_threads_, args.n, args); }
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
