// Replaces the global operators new and delete of the test program that links it, and the aligned_alloc from which
// Arrays take their memory (not under AddressSanitizer, which has its own).
#include "support/counting_allocations.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace dpmd::testing {

std::atomic<long> n_allocations{0};

namespace {

void* counted_allocation(std::size_t bytes, std::size_t alignment) {
    ++n_allocations;
    void* pointer = nullptr;
    if (::posix_memalign(&pointer, alignment, bytes ? bytes : 1) != 0) throw std::bad_alloc();
    return pointer;
}

constexpr std::size_t plain = alignof(std::max_align_t);

}  // namespace
}  // namespace dpmd::testing

using dpmd::testing::counted_allocation;

void* operator new(std::size_t bytes) { return counted_allocation(bytes, dpmd::testing::plain); }
void* operator new[](std::size_t bytes) { return counted_allocation(bytes, dpmd::testing::plain); }
void* operator new(std::size_t bytes, std::align_val_t a) { return counted_allocation(bytes, std::size_t(a)); }
void* operator new[](std::size_t bytes, std::align_val_t a) { return counted_allocation(bytes, std::size_t(a)); }
// the library's own would take memory elsewhere, but the delete below would release it here
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    ++dpmd::testing::n_allocations;
    return std::malloc(bytes ? bytes : 1);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
    ++dpmd::testing::n_allocations;
    return std::malloc(bytes ? bytes : 1);
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

#ifndef __SANITIZE_ADDRESS__
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
    ++dpmd::testing::n_allocations;
    void* pointer = nullptr;
    return ::posix_memalign(&pointer, alignment, bytes) == 0 ? pointer : nullptr;
}
#endif
