#pragma once
// An array in backend memory that the host can read.
#include <span>
#include <vector>

#include "core/array.hpp"

namespace dpmd {

template <class T>
class MirroredArray {
public:
    explicit MirroredArray(Memory& memory = host_memory()) : memory_(&memory), array_(memory) {}

    void assign(std::span<const T> from_host) { array_.copy_in(from_host); }
    void resize_with_slack(std::size_t n) { array_.resize_with_slack(n); }
    std::size_t size() const { return array_.size(); }
    std::size_t bytes() const { return array_.bytes() + mirror_.capacity() * sizeof(T); }
    /// A pointer in backend memory.
    T* data() { return array_.data(); }
    const T* data() const { return array_.data(); }
    /// The current values, valid until the next call: the array itself where the host can read it, otherwise a copy.
    std::span<const T> on_host() const {
        if (memory_->is_host()) return array_.span();
        mirror_.resize(array_.size());
        array_.copy_out(mirror_.data());
        return mirror_;
    }

private:
    Memory* memory_;
    Array<T> array_;
    mutable std::vector<T> mirror_;
};

}  // namespace dpmd
