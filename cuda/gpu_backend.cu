#include "gpu_backend.hpp"

#include "core/text.hpp"
#include "list_builder.hpp"
#include "measures.hpp"
#include "se_a_evaluator.hpp"
#include "verbs.hpp"

namespace dpmd::gpu {
namespace {

class GpuBackend final : public Backend {
public:
    explicit GpuBackend(int device) : queue_(device), memory_(queue_), lists_(queue_, memory_), measures_(queue_, memory_) {}

    const char* name() const noexcept override { return platform_name; }
    Memory& memory() noexcept override { return memory_; }
    int n_threads() const noexcept override { return 1; }

    void check_atoms(CheckAtomsArgs& args) override { on_device([&] { lists_.check_atoms(args); }); }
    void wrap(WrapArgs& args) override { on_device([&] { lists_.wrap(args); }); }
    void sort_by_cell(const SortByCellArgs& args) override { on_device([&] { lists_.sort_by_cell(args); }); }
    void make_images(MakeImagesArgs& args) override { on_device([&] { lists_.make_images(args); }); }
    void gather_atoms(const GatherAtomsArgs& args) override { on_device([&] { lists_.gather_atoms(args); }); }
    void group_by_type(const GroupByTypeArgs& args) override { on_device([&] { lists_.group_by_type(args); }); }
    void build_neighbors(BuildNeighborsArgs& args) override { on_device([&] { lists_.build_neighbors(args); }); }
    void place_atoms(const PlaceAtomsArgs& args) override { on_device([&] { gpu::place_atoms(queue_, args); }); }
    void forward_ghosts(const ForwardGhostsArgs& args) override { on_device([&] { gpu::forward_ghosts(queue_, args); }); }
    void reverse_ghosts(const ReverseGhostsArgs& args) override { on_device([&] { gpu::reverse_ghosts(queue_, args); }); }
    void return_atoms(const ReturnAtomsArgs& args) override { on_device([&] { gpu::return_atoms(queue_, args); }); }
    void take_atoms(const TakeAtomsArgs& args) override { on_device([&] { gpu::take_atoms(queue_, args); }); }

    std::unique_ptr<Evaluator> make_evaluator(const ModelSpec& spec, const CompressedModel* compressed,
                                              Precision precision) override {
        if (spec.descriptor.type != "se_e2_a")
            throw InputError(concat("descriptor '", spec.descriptor.type, "' cannot be run on device '", platform_name,
                                    "'; this version runs: se_e2_a"));
        queue_.use_device();
        if (precision == Precision::fp64)
            return std::make_unique<SeAEvaluator<double>>(spec, compressed, false, queue_, memory_);
        return std::make_unique<SeAEvaluator<float>>(spec, compressed, precision == Precision::mix16, queue_, memory_);
    }

    void kick(const KickArgs& args) override { on_device([&] { gpu::kick(queue_, args); }); }
    void drift(const DriftArgs& args) override { on_device([&] { gpu::drift(queue_, args); }); }
    void scale_velocities(const ScaleVelocitiesArgs& args) override {
        on_device([&] { gpu::scale_velocities(queue_, args); });
    }
    void shift_velocities(const ShiftVelocitiesArgs& args) override {
        on_device([&] { gpu::shift_velocities(queue_, args); });
    }
    void langevin(const LangevinArgs& args) override { on_device([&] { gpu::langevin(queue_, args); }); }
    void kinetic(const KineticArgs& args) override { on_device([&] { measures_.kinetic(args); }); }
    void displacement(DisplacementArgs& args) override { on_device([&] { measures_.displacement(args); }); }

private:
    /// The current device belongs to the thread, and any thread may call.
    template <class F>
    void on_device(F&& verb) {
        queue_.use_device();
        verb();
    }

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
        out.reason = concat(gpu::status_text(status), " (driver ", gpu::driver_version(), ", built for ", gpu::runtime_version(), ")");
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
        throw DeviceError(concat("device '", platform_name, ":", device, "': there are ", list.devices.size(),
                                 ", numbered from 0"));
    return std::make_shared<GpuBackend>(device);
}

}  // namespace dpmd::gpu
