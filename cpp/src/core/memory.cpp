#include "core/memory.hpp"

#include <cstdlib>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

class HostMemory final : public Memory {
    void* allocate(std::size_t bytes) override {
        constexpr std::size_t alignment = 64;
        void* pointer = std::aligned_alloc(alignment, (bytes / alignment + 1) * alignment);
        if (pointer == nullptr)
            throw DeviceError(concat("out of host memory: ", bytes,
                                     " bytes could not be allocated; use a smaller system or more ranks"));
        return pointer;
    }
    void deallocate(void* pointer) noexcept override { std::free(pointer); }
};

}  // namespace

Memory& host_memory() {
    static HostMemory memory;
    return memory;
}

}  // namespace dpmd
