#include "core/memory.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include "core/available_memory.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

class HostMemory final : public Memory {
    void* allocate(std::size_t bytes) override {
        constexpr std::size_t alignment = 64, most = std::numeric_limits<std::size_t>::max() / 2;
        // A system may promise more memory than it has, and kill the process that uses it, so large requests are
        // checked first.
        constexpr std::size_t large = std::size_t(64) << 20;
        const bool fits = bytes < large || bytes <= available_memory();
        void* pointer =
            fits && bytes < most ? std::aligned_alloc(alignment, (bytes / alignment + 1) * alignment) : nullptr;
        if (pointer == nullptr)
            throw DeviceError(concat("out of host memory: ", memory_text(double(bytes)), " are needed, ",
                                     memory_text(double(available_memory())),
                                     " are available; use a smaller system or more ranks"));
        return pointer;
    }
    void deallocate(void* pointer) noexcept override { std::free(pointer); }
    void copy_in(void* to, const void* from_host, std::size_t bytes) override {
        if (bytes > 0) std::memcpy(to, from_host, bytes);
    }
    void copy_out(void* to_host, const void* from, std::size_t bytes) override {
        if (bytes > 0) std::memcpy(to_host, from, bytes);
    }
    void copy(void* to, const void* from, std::size_t bytes) override {
        if (bytes > 0) std::memcpy(to, from, bytes);
    }
    bool is_host() const noexcept override { return true; }
};

}  // namespace

Memory& Memory::staging() noexcept { return host_memory(); }

Memory& host_memory() {
    // never destroyed: objects that live until the end of the program give their arrays back after that
    alignas(HostMemory) static std::byte place[sizeof(HostMemory)];
    static Memory& memory = *new (place) HostMemory;
    return memory;
}

}  // namespace dpmd
