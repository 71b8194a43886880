#include "gpu_backend.hpp"

#include "core/text.hpp"
#include "lists/atoms.hpp"
#include "lists/list_builder.hpp"
#include "local/evaluator.hpp"
#include "motion/integrate.hpp"
#include "motion/measures.hpp"

namespace dpmd::gpu {
namespace {

/// Recording a step costs several times as much as queueing it, replaying it only a fraction.
constexpr int worth_recording = 6;

/// The work that a function queues, recorded as a graph.
class Recording {
public:
    Recording(Queue& queue, const std::function<void()>& step) : queue_(queue) {
        check(gpu::begin_capture(queue.stream()), "beginning to record a step");
        try {
            step();
        } catch (...) {
            Graph unfinished{};
            if (gpu::end_capture(queue.stream(), &unfinished) == success) (void)gpu::destroy_graph(unfinished);
            throw;
        }
        check(gpu::end_capture(queue.stream(), &graph_), "recording a step");
    }
    /// A graph must not be destroyed while it runs.
    ~Recording() {
        (void)gpu::synchronize(queue_.stream());
        (void)gpu::destroy_graph(graph_);
    }
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;
    void replay() const { check(gpu::launch_graph(graph_, queue_.stream()), "replaying a step"); }

private:
    Queue& queue_;
    Graph graph_{};
};

class GpuBackend final : public Backend {
public:
    explicit GpuBackend(int device)
        : name_(concat(platform_name, ":", device)),
          queue_(device),
          memory_(queue_),
          lists_(queue_, memory_),
          measures_(queue_, memory_) {}

    const char* name() const noexcept override { return name_.c_str(); }
    Memory& memory() noexcept override { return memory_; }
    int n_threads() const noexcept override { return 1; }
    const char* kernels() const noexcept override { return queue_.properties().architecture; }
    void require(const RunnableModel& model) const override { require_model(queue_, model); }

    void check_atoms(CheckAtomsArgs& args) override {
        on_device([&] { lists_.check_atoms(args); });
    }
    void wrap(WrapArgs& args) override {
        on_device([&] { lists_.wrap(args); });
    }
    void sort_by_cell(const SortByCellArgs& args) override {
        on_device([&] { lists_.sort_by_cell(args); });
    }
    void make_images(MakeImagesArgs& args) override {
        on_device([&] { lists_.make_images(args); });
    }
    void gather_atoms(const GatherAtomsArgs& args) override {
        on_device([&] { lists_.gather_atoms(args); });
    }
    void group_by_type(const GroupByTypeArgs& args) override {
        on_device([&] { lists_.group_by_type(args); });
    }
    void build_neighbors(BuildNeighborsArgs& args) override {
        on_device([&] { lists_.build_neighbors(args); });
    }
    void gather_host_lists(GatherHostListsArgs& args) override {
        on_device([&] { lists_.gather_host_lists(args); });
    }
    void order_neighbors(const OrderNeighborsArgs& args) override {
        on_device([&] { lists_.order_neighbors(args); });
    }
    void separate_atoms(const SeparateAtomsArgs& args) override {
        on_device([&] { gpu::separate_atoms(queue_, args); });
    }
    void place_atoms(const PlaceAtomsArgs& args) override {
        on_device([&] { gpu::place_atoms(queue_, args); });
    }
    void forward_ghosts(const ForwardGhostsArgs& args) override {
        on_device([&] { gpu::forward_ghosts(queue_, args); });
    }
    void reverse_ghosts(const ReverseGhostsArgs& args) override {
        on_device([&] { gpu::reverse_ghosts(queue_, args); });
    }
    void return_atoms(const ReturnAtomsArgs& args) override {
        on_device([&] { gpu::return_atoms(queue_, args); });
    }
    void take_atoms(const TakeAtomsArgs& args) override {
        on_device([&] { gpu::take_atoms(queue_, args); });
    }

    std::unique_ptr<Evaluator> make_evaluator(std::span<const RunnableModel> models) override {
        std::unique_ptr<Evaluator> evaluator = make_local_evaluator(queue_, memory_);
        for (const RunnableModel& model : models) evaluator->add_model(model);
        return evaluator;
    }

    void kick(const KickArgs& args) override {
        on_device([&] { gpu::kick(queue_, args); });
    }
    void drift(const DriftArgs& args) override {
        on_device([&] { gpu::drift(queue_, args); });
    }
    void scale_velocities(const ScaleVelocitiesArgs& args) override {
        on_device([&] { gpu::scale_velocities(queue_, args); });
    }
    void shift_velocities(const ShiftVelocitiesArgs& args) override {
        on_device([&] { gpu::shift_velocities(queue_, args); });
    }
    void langevin(const LangevinArgs& args) override {
        on_device([&] { gpu::langevin(queue_, args); });
    }
    void measure(const MeasureArgs& args) override {
        on_device([&] { measures_.measure(args); });
    }
    void displacement(const DisplacementArgs& args) override {
        on_device([&] { measures_.displacement(args); });
    }
    void ensemble_step(const EnsembleStepArgs& args) override {
        on_device([&] { gpu::ensemble_step(queue_, args); });
    }
    void close_forces(const CloseForcesArgs& args) override {
        on_device([&] { gpu::close_forces(queue_, args); });
    }
    void judge_list(const JudgeListArgs& args) override {
        on_device([&] { gpu::judge_list(queue_, args); });
    }

    void wait() override { queue_.wait(); }
    void repeat(int n, const std::function<void()>& step) override {
        if (n < worth_recording) {
            for (int k = 0; k < n; ++k) step();
            return;
        }
        queue_.use_device();
        step();  // run the first one directly, so that nothing is allocated while recording
        const Recording recording(queue_, step);
        for (int k = 1; k < n; ++k) recording.replay();
    }

private:
    /// Selects the device first: the current device is a property of the thread, and any thread may call.
    template <class F>
    void on_device(F&& verb) {
        queue_.use_device();
        verb();
    }

    std::string name_;
    Queue queue_;
    DeviceMemory memory_;
    ListBuilder lists_;
    Measures measures_;
};

}  // namespace

DeviceList find_devices() {
    DeviceList out;
    if (gpu::driver_version() == 0) {
        out.reason = concat("no ", platform_name, " driver is installed");
        return out;
    }
    int count = 0;
    const Status status = gpu::device_count(&count);
    if (status != success) {
        out.reason = concat(gpu::status_text(status), " (driver ", gpu::driver_version(), ", built for ",
                            gpu::runtime_version(), ")");
        return out;
    }
    if (count == 0) out.reason = concat("the ", platform_name, " driver sees no device");
    for (int device = 0; device < count; ++device) {
        DeviceProperties properties{};
        const Status found = gpu::device_properties(device, &properties);
        if (found != success) {
            out.reason = concat("device ", device, ": ", gpu::status_text(found));
            continue;
        }
        out.devices.push_back({concat(platform_name, ":", device), properties.name, properties.architecture,
                               properties.memory_bytes, properties.multiprocessors});
    }
    return out;
}

std::shared_ptr<Backend> make_backend(int device) {
    const DeviceList list = find_devices();
    if (list.devices.empty()) throw DeviceError(concat("device '", platform_name, ":", device, "': ", list.reason));
    if (device < 0 || static_cast<std::size_t>(device) >= list.devices.size())
        throw DeviceError(
            concat("device '", platform_name, ":", device, "': there are ", list.devices.size(), ", numbered from 0"));
    return std::make_shared<GpuBackend>(device);
}

}  // namespace dpmd::gpu
