#pragma once
// The ordered stream of work of one backend on one device. Whatever is queued runs after everything queued before it;
// the host waits only where a function says so.
#include <cstddef>
#include <cstdint>

#include "core/memory.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "gpu_platform.hpp"

namespace dpmd::gpu {

/// Throws DeviceError, which names the operation, unless it succeeded.
inline void check(Status status, const char* operation) {
    if (status != success)
        throw DeviceError(concat(platform_name, ": ", operation, " failed: ", gpu::status_text(status)));
}

/// Threads per block in kernels with one thread for each item.
inline constexpr int block_of_items = 256;

class Queue {
public:
    explicit Queue(int device) : device_(device) {
        use_device();
        check(gpu::device_properties(device, &properties_), "reading the properties of the device");
        check(gpu::create_stream(&stream_), "creating a stream");
    }
    ~Queue() {
        (void)gpu::set_device(device_);
        (void)gpu::synchronize(stream_);
        (void)gpu::destroy_stream(stream_);
    }
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    const DeviceProperties& properties() const { return properties_; }
    Stream stream() const { return stream_; }
    /// Must be called where the calling thread may not be the previous one.
    void use_device() const { check(gpu::set_device(device_), "choosing the device"); }

    /// Launches kernel(arguments...) on a grid of blocks.
    template <class... Parameters, class... Arguments>
    void launch(const char* name, void (*kernel)(Parameters...), Grid grid, int threads, std::size_t shared_bytes,
                const Arguments&... arguments) {
        if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
        check(gpu::launch(kernel, grid, threads, shared_bytes, stream_, Parameters(arguments)...), name);
    }

    /// Launches kernel(arguments...) with one thread for each of n items; the last block may have threads without an
    /// item.
    template <class... Parameters, class... Arguments>
    void for_each(const char* name, std::int64_t n, void (*kernel)(Parameters...), const Arguments&... arguments) {
        const std::int64_t blocks = (n + block_of_items - 1) / block_of_items;
        if (blocks > 0x7fffffff) throw DeviceError(concat(platform_name, ": ", name, ": ", n, " items are too many"));
        launch(name, kernel, Grid{static_cast<unsigned>(blocks)}, block_of_items, 0, arguments...);
    }

    void wait() { check(gpu::synchronize(stream_), "waiting for the device"); }
    void to_device(void* to, const void* from, std::size_t bytes) {
        if (bytes > 0) check(gpu::copy_to_device(to, from, bytes, stream_), "copying to the device");
    }
    /// Complete on return.
    void to_host(void* to, const void* from, std::size_t bytes) {
        if (bytes > 0) check(gpu::copy_to_host(to, from, bytes, stream_), "copying from the device");
        wait();
    }
    void on_device(void* to, const void* from, std::size_t bytes) {
        if (bytes > 0) check(gpu::copy_on_device(to, from, bytes, stream_), "copying on the device");
    }
    void clear(void* to, std::size_t bytes) {
        if (bytes > 0) check(gpu::set_bytes(to, 0, bytes, stream_), "clearing memory");
    }

private:
    int device_;
    DeviceProperties properties_{};
    Stream stream_{};
};

/// The index of a thread's item in `for_each`.
GPU_DEVICE std::int64_t item() { return static_cast<std::int64_t>(block_index()) * block_threads() + thread_index(); }

/// Page-locked host memory, which copies use directly.
class PinnedMemory final : public Memory {
public:
    explicit PinnedMemory(const Queue& queue) : queue_(queue) {}
    void* allocate(std::size_t bytes) override {
        queue_.use_device();
        void* pointer = nullptr;
        check(gpu::allocate_pinned(&pointer, bytes > 0 ? bytes : 1), "allocating pinned memory");
        return pointer;
    }
    void deallocate(void* pointer) noexcept override { (void)gpu::release_pinned(pointer); }
    void copy_in(void* to, const void* from_host, std::size_t bytes) override {
        host_memory().copy_in(to, from_host, bytes);
    }
    void copy_out(void* to_host, const void* from, std::size_t bytes) override {
        host_memory().copy_out(to_host, from, bytes);
    }
    void copy(void* to, const void* from, std::size_t bytes) override { host_memory().copy(to, from, bytes); }
    bool is_host() const noexcept override { return true; }

private:
    const Queue& queue_;
};

/// Memory of the queue's device.
class DeviceMemory final : public Memory {
public:
    explicit DeviceMemory(Queue& queue) : queue_(queue), pinned_(queue) {}
    void* allocate(std::size_t bytes) override {
        queue_.use_device();
        void* pointer = nullptr;
        const std::size_t wanted = bytes > 0 ? bytes : 1;
        const Status status = gpu::allocate(&pointer, wanted);
        if (status == success) return pointer;
        std::size_t free = 0, total = 0;
        (void)gpu::memory_info(&free, &total);
        if (gpu::is_out_of_memory(status))
            throw DeviceError(concat(platform_name, ": out of device memory: ", wanted, " bytes were asked for, ", free,
                                     " of ", total,
                                     " are free; use a smaller system, a smaller skin, compression or more "
                                     "devices"));
        check(status, "allocating memory");
        return nullptr;
    }
    void deallocate(void* pointer) noexcept override {
        (void)gpu::synchronize(queue_.stream());  // no queued work may still be using it
        (void)gpu::release(pointer);
    }
    void copy_in(void* to, const void* from_host, std::size_t bytes) override {
        queue_.to_device(to, from_host, bytes);
        queue_.wait();
    }
    void copy_out(void* to_host, const void* from, std::size_t bytes) override { queue_.to_host(to_host, from, bytes); }
    void copy(void* to, const void* from, std::size_t bytes) override { queue_.on_device(to, from, bytes); }
    bool is_host() const noexcept override { return false; }
    Memory& staging() noexcept override { return pinned_; }

private:
    Queue& queue_;
    PinnedMemory pinned_;
};

}  // namespace dpmd::gpu
