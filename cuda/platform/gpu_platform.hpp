#pragma once
// The CUDA version of everything that the GPU backend needs from a vendor. hip/platform/ and tests/emulator/ define the
// same names; nothing else in the tree may name a vendor.
//
// Everything is compiled as device code: sources of the GPU backend are CUDA (HIP, emulated) sources throughout.
//
// Cooperative code works on tiles of 32 lanes, which divide a warp of 32 as well as one of 64.
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#define GPU_KERNEL __global__ void
#define GPU_BOUNDS(threads, min_blocks) __launch_bounds__(threads, min_blocks)
#define GPU_DEVICE __device__ __forceinline__
#define GPU_UNROLL _Pragma("unroll")
#define GPU_NO_UNROLL _Pragma("unroll 1")

namespace dpmd::gpu {

inline constexpr const char* platform_name = "cuda";
/// Whether the times that events measure are those of a device.
inline constexpr bool times_kernels = true;
inline constexpr int tile_lanes = 32;

// ------------------------------------------------------------------------------------------------ host: the runtime

using Status = cudaError_t;
using Stream = cudaStream_t;
using Event = cudaEvent_t;
using Graph = cudaGraphExec_t;

inline constexpr Status success = cudaSuccess;
inline const char* status_text(Status status) { return cudaGetErrorString(status); }
inline bool is_out_of_memory(Status status) { return status == cudaErrorMemoryAllocation; }

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
    return cudaDriverGetVersion(&version) == cudaSuccess ? version : 0;
}
inline int runtime_version() {
    int version = 0;
    return cudaRuntimeGetVersion(&version) == cudaSuccess ? version : 0;
}
inline Status device_count(int* count) { return cudaGetDeviceCount(count); }
inline Status set_device(int device) { return cudaSetDevice(device); }
inline Status device_properties(int device, DeviceProperties* out) {
    cudaDeviceProp properties;
    const Status status = cudaGetDeviceProperties(&properties, device);
    if (status != success) return status;
    *out = DeviceProperties{};
    for (int k = 0; k < 255 && properties.name[k] != 0; ++k) out->name[k] = properties.name[k];
    int at = 0;
    for (const char* c = "sm_"; *c != 0; ++c) out->architecture[at++] = *c;
    if (properties.major >= 10) out->architecture[at++] = static_cast<char>('0' + properties.major / 10);
    out->architecture[at++] = static_cast<char>('0' + properties.major % 10);
    out->architecture[at++] = static_cast<char>('0' + properties.minor);
    out->multiprocessors = properties.multiProcessorCount;
    out->warp_lanes = properties.warpSize;
    out->memory_bytes = properties.totalGlobalMem;
    out->l2_bytes = static_cast<std::size_t>(properties.l2CacheSize);
    out->shared_bytes = properties.sharedMemPerBlockOptin;
    return cudaDeviceGetAttribute(&out->clock_khz, cudaDevAttrClockRate, device);
}
inline Status memory_info(std::size_t* free, std::size_t* total) { return cudaMemGetInfo(free, total); }

inline Status allocate(void** pointer, std::size_t bytes) { return cudaMalloc(pointer, bytes); }
inline Status release(void* pointer) { return cudaFree(pointer); }
/// Page-locked host memory, which copies use directly.
inline Status allocate_pinned(void** pointer, std::size_t bytes) { return cudaMallocHost(pointer, bytes); }
inline Status release_pinned(void* pointer) { return cudaFreeHost(pointer); }

inline Status copy_to_device(void* to, const void* from, std::size_t bytes, Stream stream) {
    return cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream);
}
inline Status copy_to_host(void* to, const void* from, std::size_t bytes, Stream stream) {
    return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream);
}
inline Status copy_on_device(void* to, const void* from, std::size_t bytes, Stream stream) {
    return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream);
}
inline Status set_bytes(void* to, int byte, std::size_t bytes, Stream stream) {
    return cudaMemsetAsync(to, byte, bytes, stream);
}

inline Status create_stream(Stream* stream) { return cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking); }
inline Status destroy_stream(Stream stream) { return cudaStreamDestroy(stream); }
inline Status synchronize(Stream stream) { return cudaStreamSynchronize(stream); }
inline Status create_event(Event* event) { return cudaEventCreate(event); }
inline Status destroy_event(Event event) { return cudaEventDestroy(event); }
inline Status record(Event event, Stream stream) { return cudaEventRecord(event, stream); }
inline Status synchronize_event(Event event) { return cudaEventSynchronize(event); }
inline Status elapsed_ms(float* ms, Event from, Event to) { return cudaEventElapsedTime(ms, from, to); }

/// Work that is queued on the stream between begin and end becomes a graph instead of being done.
inline Status begin_capture(Stream stream) { return cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal); }
inline Status end_capture(Stream stream, Graph* graph) {
    cudaGraph_t recorded = nullptr;
    Status status = cudaStreamEndCapture(stream, &recorded);
    if (status != success) return status;
    status = cudaGraphInstantiate(graph, recorded, 0);
    (void)cudaGraphDestroy(recorded);
    return status;
}
inline Status launch_graph(Graph graph, Stream stream) { return cudaGraphLaunch(graph, stream); }
inline Status destroy_graph(Graph graph) { return cudaGraphExecDestroy(graph); }

struct Grid {
    unsigned x = 1, y = 1, z = 1;
};

// --------------------------------------------------------------------------------------------------- device: kernels

/// Runs kernel<<<grid, threads, shared_bytes, stream>>>(arguments). Blocks are one-dimensional.
template <class... Parameters, class... Arguments>
Status launch(void (*kernel)(Parameters...), Grid grid, int threads, std::size_t shared_bytes, Stream stream,
              const Arguments&... arguments) {
    if (shared_bytes > 48 * 1024) {
        const Status status =
            cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared_bytes));
        if (status != success) return status;
    }
    kernel<<<dim3(grid.x, grid.y, grid.z), static_cast<unsigned>(threads), shared_bytes, stream>>>(arguments...);
    return cudaGetLastError();
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
GPU_DEVICE void sync_tile() { __syncwarp(); }

/// The value of another lane of the tile; all lanes call together. T has 4 or 8 bytes.
template <class T>
GPU_DEVICE T shuffle(T value, int from_lane) {
    return __shfl_sync(0xffffffffu, value, from_lane, tile_lanes);
}
template <class T>
GPU_DEVICE T shuffle_xor(T value, int mask) {
    return __shfl_xor_sync(0xffffffffu, value, mask, tile_lanes);
}
/// Bit l tells whether `predicate` is true on lane l of the tile.
GPU_DEVICE std::uint32_t ballot(bool predicate) { return __ballot_sync(0xffffffffu, predicate); }
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
        extern __shared__ __align__(128) unsigned char all_of_it[];
        T* piece = reinterpret_cast<T*>(all_of_it + used_);
        used_ += (static_cast<unsigned>(n) * static_cast<unsigned>(sizeof(T)) + 15u) / 16u * 16u;
        return piece;
    }

private:
    unsigned used_ = 0;
};

/// The shared bytes of a launch that a piece of n values takes.
template <class T>
constexpr std::size_t shared_piece(std::size_t n) {
    return (n * sizeof(T) + 15) / 16 * 16;
}

}  // namespace dpmd::gpu
