#pragma once
// The HIP version of everything that the GPU backend needs from a vendor, with the names and meanings of
// cuda/platform/.
//
// A wave has 64 lanes on CDNA and 32 on RDNA, a tile 32: a tile is one half of a wave or all of it. The lanes of a wave
// run in step, so to synchronise a tile needs only memory ordering, no waiting.
#include <hip/hip_runtime.h>

#include <cstddef>
#include <cstdint>

#define GPU_KERNEL __global__ void
// Vendors define the second bound differently: here it is waves on each of the four units that share a block's
// registers.
#define GPU_BOUNDS(threads, min_blocks)                     \
    __attribute__((amdgpu_flat_work_group_size(1, threads), \
                   amdgpu_waves_per_eu(((min_blocks) * (threads) + 255) / 256)))
#define GPU_DEVICE __device__ __forceinline__
#define GPU_UNROLL _Pragma("unroll")
#define GPU_NO_UNROLL _Pragma("nounroll")

namespace dpmd::gpu {

inline constexpr const char* platform_name = "hip";
/// Whether the times that events measure are those of a device.
inline constexpr bool times_kernels = true;
inline constexpr int tile_lanes = 32;

// ------------------------------------------------------------------------------------------------ host: the runtime

using Status = hipError_t;
using Stream = hipStream_t;
using Event = hipEvent_t;
using Graph = hipGraphExec_t;

inline constexpr Status success = hipSuccess;
inline const char* status_text(Status status) { return hipGetErrorString(status); }
inline bool is_out_of_memory(Status status) { return status == hipErrorOutOfMemory; }

struct DeviceProperties {
    char name[256];
    char architecture[32];  ///< "sm_90", "gfx942"
    int multiprocessors;
    int warp_lanes;
    std::size_t memory_bytes, l2_bytes;
    std::size_t shared_bytes;  ///< most that a block can get
    int clock_khz;
};

/// The version of the driver in its vendor's numbering, 0: no driver.
inline int driver_version() {
    int version = 0;
    return hipDriverGetVersion(&version) == hipSuccess ? version : 0;
}
inline int runtime_version() {
    int version = 0;
    return hipRuntimeGetVersion(&version) == hipSuccess ? version : 0;
}
inline Status device_count(int* count) { return hipGetDeviceCount(count); }
inline Status set_device(int device) { return hipSetDevice(device); }
inline Status device_properties(int device, DeviceProperties* out) {
    hipDeviceProp_t properties;
    const Status status = hipGetDeviceProperties(&properties, device);
    if (status != success) return status;
    *out = DeviceProperties{};
    for (int k = 0; k < 255 && properties.name[k] != 0; ++k) out->name[k] = properties.name[k];
    // "gfx90a:sramecc+:xnack-": the features after the colon are not part of the architecture
    const char* architecture = properties.gcnArchName;
    for (int k = 0; k < 31 && architecture[k] != 0 && architecture[k] != ':'; ++k)
        out->architecture[k] = architecture[k];
    out->multiprocessors = properties.multiProcessorCount;
    out->warp_lanes = properties.warpSize;
    out->memory_bytes = properties.totalGlobalMem;
    out->l2_bytes = static_cast<std::size_t>(properties.l2CacheSize);
    out->shared_bytes = properties.sharedMemPerBlock;
    return hipDeviceGetAttribute(&out->clock_khz, hipDeviceAttributeClockRate, device);
}
inline Status memory_info(std::size_t* free, std::size_t* total) { return hipMemGetInfo(free, total); }

inline Status allocate(void** pointer, std::size_t bytes) { return hipMalloc(pointer, bytes); }
inline Status release(void* pointer) { return hipFree(pointer); }
/// Page-locked host memory, which copies use directly.
inline Status allocate_pinned(void** pointer, std::size_t bytes) {
    return hipHostMalloc(pointer, bytes, hipHostMallocDefault);
}
inline Status release_pinned(void* pointer) { return hipHostFree(pointer); }

inline Status copy_to_device(void* to, const void* from, std::size_t bytes, Stream stream) {
    return hipMemcpyAsync(to, from, bytes, hipMemcpyHostToDevice, stream);
}
inline Status copy_to_host(void* to, const void* from, std::size_t bytes, Stream stream) {
    return hipMemcpyAsync(to, from, bytes, hipMemcpyDeviceToHost, stream);
}
inline Status copy_on_device(void* to, const void* from, std::size_t bytes, Stream stream) {
    return hipMemcpyAsync(to, from, bytes, hipMemcpyDeviceToDevice, stream);
}
inline Status set_bytes(void* to, int byte, std::size_t bytes, Stream stream) {
    return hipMemsetAsync(to, byte, bytes, stream);
}

inline Status create_stream(Stream* stream) { return hipStreamCreateWithFlags(stream, hipStreamNonBlocking); }
inline Status destroy_stream(Stream stream) { return hipStreamDestroy(stream); }
inline Status synchronize(Stream stream) { return hipStreamSynchronize(stream); }
inline Status create_event(Event* event) { return hipEventCreate(event); }
inline Status destroy_event(Event event) { return hipEventDestroy(event); }
inline Status record(Event event, Stream stream) { return hipEventRecord(event, stream); }
inline Status synchronize_event(Event event) { return hipEventSynchronize(event); }
inline Status elapsed_ms(float* ms, Event from, Event to) { return hipEventElapsedTime(ms, from, to); }

/// Work that is queued on the stream between begin and end becomes a graph instead of being done.
inline Status begin_capture(Stream stream) { return hipStreamBeginCapture(stream, hipStreamCaptureModeThreadLocal); }
inline Status end_capture(Stream stream, Graph* graph) {
    hipGraph_t recorded = nullptr;
    Status status = hipStreamEndCapture(stream, &recorded);
    if (status != success) return status;
    status = hipGraphInstantiate(graph, recorded, nullptr, nullptr, 0);
    (void)hipGraphDestroy(recorded);
    return status;
}
inline Status launch_graph(Graph graph, Stream stream) { return hipGraphLaunch(graph, stream); }
inline Status destroy_graph(Graph graph) { return hipGraphExecDestroy(graph); }

struct Grid {
    unsigned x = 1, y = 1, z = 1;
};

// --------------------------------------------------------------------------------------------------- device: kernels

#ifdef __HIPCC__

/// Runs kernel<<<grid, threads, shared_bytes, stream>>>(arguments). Blocks are one-dimensional.
template <class... Parameters, class... Arguments>
Status launch(void (*kernel)(Parameters...), Grid grid, int threads, std::size_t shared_bytes, Stream stream,
              const Arguments&... arguments) {
    kernel<<<dim3(grid.x, grid.y, grid.z), dim3(static_cast<unsigned>(threads)), shared_bytes, stream>>>(arguments...);
    return hipGetLastError();
}

GPU_DEVICE int thread_index() { return static_cast<int>(threadIdx.x); }
GPU_DEVICE int block_threads() { return static_cast<int>(blockDim.x); }
GPU_DEVICE int block_index() { return static_cast<int>(blockIdx.x); }
GPU_DEVICE int block_index_y() { return static_cast<int>(blockIdx.y); }
GPU_DEVICE int block_index_z() { return static_cast<int>(blockIdx.z); }
GPU_DEVICE int grid_blocks() { return static_cast<int>(gridDim.x); }

/// The place of a thread in its tile, and of the tile in its block.
GPU_DEVICE int lane() { return thread_index() % tile_lanes; }
GPU_DEVICE int tile() { return thread_index() / tile_lanes; }

/// Waits for all threads of the block; what they wrote before can be read afterwards.
GPU_DEVICE void sync_block() { __syncthreads(); }
/// The same for the lanes of a tile.
GPU_DEVICE void sync_tile() {
    __builtin_amdgcn_fence(__ATOMIC_RELEASE, "wavefront");
    __builtin_amdgcn_wave_barrier();
    __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "wavefront");
}

/// The lane of the wave at which the tile of this thread begins: 0 or 32.
GPU_DEVICE int first_lane_of_tile() {
    return static_cast<int>(__builtin_amdgcn_mbcnt_hi(~0u, __builtin_amdgcn_mbcnt_lo(~0u, 0u))) & tile_lanes;
}

/// The value of another lane of the tile; all lanes call together. T has 4 or 8 bytes.
template <class T>
GPU_DEVICE T shuffle(T value, int from_lane) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8);
    const int from_byte = (first_lane_of_tile() + (from_lane & (tile_lanes - 1))) * 4;
    int words[sizeof(T) / 4];
    __builtin_memcpy(words, &value, sizeof(T));
    for (int& word : words) word = __builtin_amdgcn_ds_bpermute(from_byte, word);
    __builtin_memcpy(&value, words, sizeof(T));
    return value;
}
template <class T>
GPU_DEVICE T shuffle_xor(T value, int mask) {
    return shuffle(value, lane() ^ mask);
}
/// Bit l tells whether `predicate` is true on lane l of the tile.
GPU_DEVICE std::uint32_t ballot(bool predicate) {
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(__ballot(predicate)) >> first_lane_of_tile());
}
GPU_DEVICE int count_bits(std::uint32_t bits) { return __popc(bits); }
GPU_DEVICE int lowest_bit(std::uint32_t bits) { return __ffs(static_cast<int>(bits)) - 1; }

/// Each returns the previous value.
GPU_DEVICE std::int32_t atomic_add(std::int32_t* to, std::int32_t value) { return atomicAdd(to, value); }
GPU_DEVICE std::int64_t atomic_add(std::int64_t* to, std::int64_t value) {
    return static_cast<std::int64_t>(
        atomicAdd(reinterpret_cast<unsigned long long*>(to), static_cast<unsigned long long>(value)));
}
GPU_DEVICE std::int32_t atomic_max(std::int32_t* to, std::int32_t value) { return atomicMax(to, value); }
GPU_DEVICE std::uint64_t atomic_min(std::uint64_t* to, std::uint64_t value) {
    return static_cast<std::uint64_t>(
        atomicMin(reinterpret_cast<unsigned long long*>(to), static_cast<unsigned long long>(value)));
}
GPU_DEVICE std::uint64_t atomic_max(std::uint64_t* to, std::uint64_t value) {
    return static_cast<std::uint64_t>(
        atomicMax(reinterpret_cast<unsigned long long*>(to), static_cast<unsigned long long>(value)));
}

/// The block's shared memory, taken piece by piece; every thread takes the same pieces in the same order. The bytes of
/// all pieces, each rounded up to 16, must not exceed those of the launch.
class SharedMemory {
public:
    template <class T>
    GPU_DEVICE T* take(int n) {
        extern __shared__ __attribute__((aligned(16))) unsigned char all_of_it[];
        T* piece = reinterpret_cast<T*>(all_of_it + used_);
        used_ += (static_cast<unsigned>(n) * static_cast<unsigned>(sizeof(T)) + 15u) / 16u * 16u;
        return piece;
    }

private:
    unsigned used_ = 0;
};

#endif

/// The shared bytes of a launch that a piece of n values takes.
template <class T>
constexpr std::size_t shared_piece(std::size_t n) {
    return (n * sizeof(T) + 15) / 16 * 16;
}

}  // namespace dpmd::gpu
