#pragma once
// Scratch memory of one thread: taken piece by piece during a tile, and released all at once.
#include <cstddef>
#include <memory>
#include <vector>

#include "core/array.hpp"

namespace dpmd {

/// A bump allocator. `reset` invalidates everything taken; once the largest tile has been seen, nothing more is
/// allocated.
class Workspace {
public:
    /// n uninitialised values, aligned to 64 bytes, valid until the next reset.
    template <class T>
    T* take(std::size_t n) {
        constexpr std::size_t alignment = 64;
        const std::size_t bytes = (n * sizeof(T) + alignment - 1) / alignment * alignment;
        if (used_ + bytes > block_.size()) return static_cast<T*>(take_overflow(bytes));
        void* pointer = block_.data() + used_;
        used_ += bytes;
        return static_cast<T*>(pointer);
    }

    /// Releases all pieces. If the last round did not fit, grows to the most that it held at once.
    void reset();

    /// The present state, to which `release` returns by giving up what was taken after it.
    struct Mark {
        std::size_t used, n_overflow, overflow_bytes;
    };
    Mark mark() const { return {used_, overflow_.size(), overflow_bytes_}; }
    void release(const Mark& mark);

    std::size_t bytes() const { return block_.bytes() + overflow_bytes_; }

private:
    // Out of line: tile kernels take scratch too, and no std template may be instantiated in their instruction set.
    void* take_overflow(std::size_t bytes);

    Array<std::byte> block_;
    std::vector<Array<std::byte>> overflow_;
    std::size_t used_ = 0, overflow_bytes_ = 0, most_overflow_bytes_ = 0;
};

}  // namespace dpmd
