#pragma once
// Scratch memory of one thread: taken piece by piece during a tile, given back all at once.
#include <cstddef>
#include <memory>
#include <vector>

#include "core/array.hpp"

namespace dpmd {

/// A bump allocator. `reset` invalidates everything taken; after the largest tile has been seen once, nothing is
/// allocated any more.
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

    /// Forgets all pieces. If the last round did not fit, grows to what it needed.
    void reset() {
        if (!overflow_.empty()) {
            block_.resize_discard(used_ + overflow_bytes_ + overflow_bytes_ / 4);
            overflow_.clear();
            overflow_bytes_ = 0;
        }
        used_ = 0;
    }

    std::size_t bytes() const { return block_.bytes() + overflow_bytes_; }

private:
    void* take_overflow(std::size_t bytes) {
        overflow_.emplace_back(bytes);
        overflow_bytes_ += bytes;
        return overflow_.back().data();
    }

    Array<std::byte> block_;
    std::vector<Array<std::byte>> overflow_;
    std::size_t used_ = 0, overflow_bytes_ = 0;
};

}  // namespace dpmd
