#pragma once
// Where arrays live. A backend brings its own Memory; the host's is always there.
#include <cstddef>

namespace dpmd {

class Memory {
public:
    virtual ~Memory() = default;
    /// At least `bytes` bytes, aligned to 64. Throws DeviceError when there are none left.
    virtual void* allocate(std::size_t bytes) = 0;
    virtual void deallocate(void* pointer) noexcept = 0;
    /// Between the host and this memory, after whatever was asked of its backend before; done on return.
    virtual void copy_in(void* to, const void* from_host, std::size_t bytes) = 0;
    virtual void copy_out(void* to_host, const void* from, std::size_t bytes) = 0;
    /// Inside this memory, in turn with what is asked of its backend.
    virtual void copy(void* to, const void* from, std::size_t bytes) = 0;
    /// Whether the host can use the pointers.
    virtual bool is_host() const noexcept = 0;
    /// Host memory that copies to and from this one are fastest with.
    virtual Memory& staging() noexcept;
};

Memory& host_memory();

}  // namespace dpmd
