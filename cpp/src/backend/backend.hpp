#pragma once
// What a device must be able to do. Each verb has one plain argument struct, the same for CPU, CUDA and HIP; a verb
// that a backend lacks is a compile error.
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "backend/ensemble_step.hpp"
#include "backend/evaluator.hpp"
#include "backend/ghosts.hpp"
#include "backend/host_lists.hpp"
#include "backend/integrate.hpp"
#include "backend/neighbors.hpp"
#include "core/memory.hpp"

namespace dpmd {

class Backend {
public:
    virtual ~Backend() = default;
    virtual const char* name() const noexcept = 0;
    virtual Memory& memory() noexcept = 0;
    virtual int n_threads() const noexcept = 0;
    /// The instruction set or device architecture of the kernels in use, for people to read.
    virtual const char* kernels() const noexcept = 0;
    /// Throws InputError unless evaluators of this backend run the model in its precision.
    virtual void require(const RunnableModel& model) const = 0;

    virtual void check_atoms(CheckAtomsArgs&) = 0;
    virtual void wrap(WrapArgs&) = 0;
    virtual void sort_by_cell(const SortByCellArgs&) = 0;
    virtual void make_images(MakeImagesArgs&) = 0;
    virtual void gather_atoms(const GatherAtomsArgs&) = 0;
    virtual void group_by_type(const GroupByTypeArgs&) = 0;
    virtual void build_neighbors(BuildNeighborsArgs&) = 0;
    virtual void gather_host_lists(GatherHostListsArgs&) = 0;
    virtual void order_neighbors(const OrderNeighborsArgs&) = 0;
    virtual void separate_atoms(const SeparateAtomsArgs&) = 0;
    virtual void place_atoms(const PlaceAtomsArgs&) = 0;
    virtual void forward_ghosts(const ForwardGhostsArgs&) = 0;
    virtual void reverse_ghosts(const ReverseGhostsArgs&) = 0;
    virtual void return_atoms(const ReturnAtomsArgs&) = 0;
    virtual void take_atoms(const TakeAtomsArgs&) = 0;
    /// An evaluator for models of the same atoms. Throws InputError as `require` does.
    virtual std::unique_ptr<Evaluator> make_evaluator(std::span<const RunnableModel> models) = 0;

    virtual void kick(const KickArgs&) = 0;
    virtual void drift(const DriftArgs&) = 0;
    virtual void scale_velocities(const ScaleVelocitiesArgs&) = 0;
    virtual void shift_velocities(const ShiftVelocitiesArgs&) = 0;
    virtual void langevin(const LangevinArgs&) = 0;
    virtual void measure(const MeasureArgs&) = 0;
    virtual void displacement(const DisplacementArgs&) = 0;
    virtual void ensemble_step(const EnsembleStepArgs&) = 0;
    virtual void close_forces(const CloseForcesArgs&) = 0;
    virtual void judge_list(const JudgeListArgs&) = 0;

    /// Returns when all work given before is done.
    virtual void wait() = 0;
    /// Calls `step` n times. A device may queue the calls ahead of its work, or record one and replay it: the host
    /// reads nothing between two calls, and their arguments are the same.
    virtual void repeat(int n, const std::function<void()>& step) = 0;
};

struct DeviceOptions {
    std::string device = "cpu";
    int n_threads = 0;  ///< 0: as OpenMP decides (OMP_NUM_THREADS, or all cores)
    std::string isa;    ///< an instruction set; empty: DPMD_ISA, or the best of the CPU
};

/// The backend for a device name. Throws DeviceError, which names what is missing.
std::shared_ptr<Backend> make_backend(const DeviceOptions& options);

}  // namespace dpmd
