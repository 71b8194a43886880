#pragma once
// Where arrays live. A backend brings its own Memory; the host's is always available.
#include <cstddef>

namespace dpmd {

class Memory {
public:
    virtual ~Memory() = default;
    /// At least `bytes` bytes, aligned to 64. Throws DeviceError when too few are left.
    virtual void* allocate(std::size_t bytes) = 0;
    virtual void deallocate(void* pointer) noexcept = 0;
    /// Copies between the host and this memory, after all work given to its backend before; complete on return.
    virtual void copy_in(void* to, const void* from_host, std::size_t bytes) = 0;
    virtual void copy_out(void* to_host, const void* from, std::size_t bytes) = 0;
    /// One element of an array in this memory.
    template <class T>
    T element(const T* array, std::size_t k) {
        T value;
        copy_out(&value, array + k, sizeof value);
        return value;
    }
    /// Copies inside this memory, in order with the work given to its backend.
    virtual void copy(void* to, const void* from, std::size_t bytes) = 0;
    /// Whether the host can use the pointers.
    virtual bool is_host() const noexcept = 0;
    /// The host memory with which copies to and from this memory are fastest.
    virtual Memory& staging() noexcept;
};

Memory& host_memory();

}  // namespace dpmd
