#pragma once
// The platform layer for the CPU emulator: the names of cuda/platform/gpu_platform.hpp in ordinary C++.
#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "emulator/device_memory.hpp"
#include "emulator/emulator.hpp"
#include "emulator/launch.hpp"
#include "emulator/runtime.hpp"

#define GPU_KERNEL void
#define GPU_BOUNDS(threads, min_blocks)
#define GPU_DEVICE inline
#define GPU_UNROLL
#define GPU_NO_UNROLL

namespace dpmd::gpu {

inline constexpr const char* platform_name = "emulator";
/// Whether the times that events measure are those of a device.
inline constexpr bool times_kernels = false;
inline constexpr int tile_lanes = emulator::tile_lanes;

// ------------------------------------------------------------------------------------------------ host: the runtime

using emulator::Event;
using emulator::Graph;
using emulator::Status;
using emulator::Stream;

inline constexpr Status success = Status::success;
inline bool is_out_of_memory(Status status) { return status == Status::out_of_memory; }
using emulator::status_text;

struct DeviceProperties {
    char name[256];
    char architecture[32];
    int multiprocessors;
    int warp_lanes;
    std::size_t memory_bytes, l2_bytes;
    std::size_t shared_bytes;  ///< most that a block can get
    int clock_khz;
};

inline int driver_version() { return emulator::options().driver_version; }
inline int runtime_version() { return 13000; }
inline Status device_properties(int device, DeviceProperties* out) {
    const emulator::Options& options = emulator::options();
    if (device < 0 || device >= options.n_devices)
        return emulator::fail(Status::invalid_value, "no device " + std::to_string(device));
    *out = {.name = "emulated device",
            .architecture = "emulator",
            .multiprocessors = 4,
            .warp_lanes = options.warp_lanes,
            .memory_bytes = options.memory_bytes,
            .l2_bytes = std::size_t(1) << 22,
            .shared_bytes = options.shared_bytes,
            .clock_khz = 1000000};
    return success;
}
using emulator::device_count;
using emulator::memory_info;
using emulator::set_device;

using emulator::allocate;
using emulator::allocate_pinned;
using emulator::release;
using emulator::release_pinned;

inline Status copy_to_device(void* to, const void* from, std::size_t bytes, Stream stream) {
    return emulator::copy(to, from, bytes, emulator::Direction::to_device, stream);
}
inline Status copy_to_host(void* to, const void* from, std::size_t bytes, Stream stream) {
    return emulator::copy(to, from, bytes, emulator::Direction::to_host, stream);
}
inline Status copy_on_device(void* to, const void* from, std::size_t bytes, Stream stream) {
    return emulator::copy(to, from, bytes, emulator::Direction::on_device, stream);
}
using emulator::set_bytes;

using emulator::create_event;
using emulator::create_stream;
using emulator::destroy_event;
using emulator::destroy_stream;
using emulator::elapsed_ms;
using emulator::record;
using emulator::synchronize;
using emulator::synchronize_event;

using emulator::begin_capture;
using emulator::destroy_graph;
using emulator::end_capture;
using emulator::launch_graph;

using emulator::Grid;

// --------------------------------------------------------------------------------------------------- device: kernels

/// Throws emulator::KernelFault for a defect of the kernel, and whatever the kernel throws.
template <class... Parameters, class... Arguments>
Status launch(void (*kernel)(Parameters...), Grid grid, int threads, std::size_t shared_bytes, Stream stream,
              const Arguments&... arguments) {
    static_assert(sizeof...(Parameters) == sizeof...(Arguments));
    static_assert((std::is_trivially_copyable_v<Parameters> && ...), "a kernel gets a copy of the bytes");
    static_assert((0 + ... + sizeof(Parameters)) <= 4096, "more than a device passes to a kernel");
    emulator::Launch one{reinterpret_cast<const void*>(kernel), grid, threads, shared_bytes, {}};
    const std::tuple<Parameters...> values(static_cast<Parameters>(arguments)...);
    const auto keep_pointer = [&one](const auto& value) {
        if constexpr (std::is_pointer_v<std::remove_cvref_t<decltype(value)>>) one.pointers.push_back(value);
        else (void)one;
    };
    std::apply([&](const auto&... value) { (keep_pointer(value), ...); }, values);
    one.body = [kernel, values] { std::apply(kernel, values); };
    return emulator::put_launch(std::move(one), stream);
}

GPU_DEVICE int thread_index() { return emulator::this_thread->index; }
GPU_DEVICE int block_threads() { return emulator::this_thread->block->launch.threads; }
GPU_DEVICE int block_index() { return static_cast<int>(emulator::this_thread->block->index.x); }
GPU_DEVICE int block_index_y() { return static_cast<int>(emulator::this_thread->block->index.y); }
GPU_DEVICE int block_index_z() { return static_cast<int>(emulator::this_thread->block->index.z); }
GPU_DEVICE int grid_blocks() { return static_cast<int>(emulator::this_thread->block->launch.grid.x); }

GPU_DEVICE int lane() { return thread_index() % tile_lanes; }
GPU_DEVICE int tile() { return thread_index() / tile_lanes; }

// The place where threads meet matters: the default argument is the line of the caller.
using Where = std::source_location;
GPU_DEVICE void sync_block(Where where = Where::current()) { emulator::meet(emulator::Stop::block_barrier, where); }
GPU_DEVICE void sync_tile(Where where = Where::current()) { emulator::meet(emulator::Stop::tile_barrier, where); }

template <class T>
GPU_DEVICE T shuffle(T value, int from_lane, Where where = Where::current()) {
    return emulator::shuffled(value, from_lane & (tile_lanes - 1), where);
}
template <class T>
GPU_DEVICE T shuffle_xor(T value, int mask, Where where = Where::current()) {
    if (mask < 0 || mask >= tile_lanes) throw emulator::KernelFault("shuffle_xor with mask " + std::to_string(mask));
    return emulator::shuffled(value, lane() ^ mask, where);
}
GPU_DEVICE std::uint32_t ballot(bool predicate, Where where = Where::current()) {
    const emulator::Exchange said(emulator::Stop::ballot, predicate ? 1 : 0, where);
    std::uint32_t bits = 0;
    for (int l = 0; l < tile_lanes; ++l) bits |= static_cast<std::uint32_t>(said.of(l)) << l;
    return bits;
}
GPU_DEVICE int count_bits(std::uint32_t bits) { return std::popcount(bits); }
GPU_DEVICE int lowest_bit(std::uint32_t bits) { return bits == 0 ? -1 : std::countr_zero(bits); }

// Relaxed, like a device's atomics: they order nothing but themselves.
template <class T, class Change>
GPU_DEVICE T atomic_change(T* to, Change change) {
    std::atomic_ref<T> target(*to);
    T before = target.load(std::memory_order_relaxed);
    while (!target.compare_exchange_weak(before, change(before), std::memory_order_relaxed)) {
    }
    return before;
}
GPU_DEVICE std::int32_t atomic_add(std::int32_t* to, std::int32_t value) {
    return std::atomic_ref(*to).fetch_add(value, std::memory_order_relaxed);
}
GPU_DEVICE std::int64_t atomic_add(std::int64_t* to, std::int64_t value) {
    return std::atomic_ref(*to).fetch_add(value, std::memory_order_relaxed);
}
GPU_DEVICE std::int32_t atomic_max(std::int32_t* to, std::int32_t value) {
    return atomic_change(to, [value](std::int32_t before) { return std::max(before, value); });
}
GPU_DEVICE std::uint64_t atomic_min(std::uint64_t* to, std::uint64_t value) {
    return atomic_change(to, [value](std::uint64_t before) { return std::min(before, value); });
}
GPU_DEVICE std::uint64_t atomic_max(std::uint64_t* to, std::uint64_t value) {
    return atomic_change(to, [value](std::uint64_t before) { return std::max(before, value); });
}

class SharedMemory {
public:
    template <class T>
    GPU_DEVICE T* take(int n) {
        static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 16);
        const std::size_t bytes = static_cast<std::size_t>(n) * sizeof(T);
        void* piece = emulator::this_thread->block->shared.take(used_, n_pieces_++, bytes);
        used_ += (bytes + 15) / 16 * 16;
        return static_cast<T*>(piece);
    }

private:
    std::size_t used_ = 0;
    int n_pieces_ = 0;
};

template <class T>
constexpr std::size_t shared_piece(std::size_t n) {
    return (n * sizeof(T) + 15) / 16 * 16;
}

}  // namespace dpmd::gpu
