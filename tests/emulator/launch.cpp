#include "emulator/launch.hpp"

#include <utility>

#include "emulator/device_memory.hpp"
#include "emulator/kernel_name.hpp"

namespace dpmd::emulator {
namespace {

Status check_shape(const Launch& launch) {
    const Grid& grid = launch.grid;
    if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535)
        return fail(Status::invalid_launch, "invalid launch: a grid of " + std::to_string(grid.x) + " x " +
                                                std::to_string(grid.y) + " x " + std::to_string(grid.z) + " blocks");
    if (launch.threads < 1 || launch.threads > 1024)
        return fail(Status::invalid_launch, "invalid launch: a block of " + std::to_string(launch.threads) +
                                                " threads; 1 to 1024 are possible");
    if (launch.shared_bytes > options().shared_bytes)
        return fail(Status::invalid_launch, "invalid launch: " + std::to_string(launch.shared_bytes) +
                                                " bytes of shared memory; a block can get " +
                                                std::to_string(options().shared_bytes));
    return Status::success;
}

Status run(const Launch& launch) {
    if (this_thread != nullptr) throw KernelFault("launch inside a kernel");
    for (const void* pointer : launch.pointers)
        if (!is_kernel_argument(pointer))
            throw KernelFault("kernel " + kernel_name(launch.kernel) + ": an argument points to host memory");
    ++counters().launches;
    run_grid(launch);
    if (const std::string damage = find_damage(); !damage.empty())
        throw KernelFault("kernel " + kernel_name(launch.kernel) + ": " + damage);
    return Status::success;
}

}  // namespace

Status put_launch(Launch launch, Stream stream) {
    if (const Status status = check_shape(launch); status != Status::success) return status;
    return put(stream, [kept = std::move(launch)] { return run(kept); });
}

}  // namespace dpmd::emulator
