#include "emulator/fiber.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace dpmd::emulator {
namespace {

constexpr std::size_t stack_bytes = sanitizer::finds_overruns ? 256 * 1024 : 128 * 1024;
constexpr std::size_t guard = 64 * 1024;  // the largest page size
constexpr std::size_t slot = guard + stack_bytes;

}  // namespace

Stacks::~Stacks() {
    if (all_ != nullptr) munmap(all_, static_cast<std::size_t>(n_) * slot);
}

void Stacks::reserve(int n) {
    if (n <= n_) return;
    void* fresh = mmap(nullptr, static_cast<std::size_t>(n) * slot, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (fresh == MAP_FAILED) throw std::bad_alloc();
    if (all_ != nullptr) munmap(all_, static_cast<std::size_t>(n_) * slot);
    all_ = static_cast<unsigned char*>(fresh);
    n_ = n;
    for (int k = 0; k < n; ++k) mprotect(all_ + static_cast<std::size_t>(k) * slot, guard, PROT_NONE);
}

Stack Stacks::operator[](int k) const {
    // Stacks end at different distances from a page's end; otherwise the busiest lines of all stacks would share a few
    // cache sets.
    const std::size_t shift = static_cast<std::size_t>(k) % 61 * 64;
    return {all_ + static_cast<std::size_t>(k) * slot + guard, stack_bytes - shift};
}

void Fiber::enter(boost::context::detail::transfer_t from) {
    Fiber& self = *static_cast<Fiber*>(from.data);
    sanitizer::after_switch(nullptr, &self.outer_bottom_, &self.outer_bytes_);
    self.outside_ = from.fctx;
    self.entry_(self.argument_);
    sanitizer::before_switch(nullptr, self.outer_bottom_, self.outer_bytes_);
    boost::context::detail::jump_fcontext(self.outside_, nullptr);
    std::abort();  // a fiber that has ended is never resumed
}

}  // namespace dpmd::emulator
