// Replaces the global operators new and delete of the test program that links it.
#include "support/counting_allocations.hpp"

#include <cstdlib>
#include <new>

namespace dpmd::testing {

std::atomic<long> n_allocations{0};

namespace {

void* counted_allocation(std::size_t bytes, std::size_t alignment) {
    ++n_allocations;
    void* pointer = alignment == 0 ? std::malloc(bytes ? bytes : 1)
                                   : std::aligned_alloc(alignment, (bytes + alignment) / alignment * alignment);
    if (pointer == nullptr) throw std::bad_alloc();
    return pointer;
}

}  // namespace
}  // namespace dpmd::testing

void* operator new(std::size_t bytes) { return dpmd::testing::counted_allocation(bytes, 0); }
void* operator new[](std::size_t bytes) { return dpmd::testing::counted_allocation(bytes, 0); }
void* operator new(std::size_t bytes, std::align_val_t a) {
    return dpmd::testing::counted_allocation(bytes, std::size_t(a));
}
void* operator new[](std::size_t bytes, std::align_val_t a) {
    return dpmd::testing::counted_allocation(bytes, std::size_t(a));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
