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
};

Memory& host_memory();

}  // namespace dpmd
