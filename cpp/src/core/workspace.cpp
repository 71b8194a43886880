#include "core/workspace.hpp"

#include <algorithm>

namespace dpmd {

void Workspace::reset() {
    if (most_overflow_bytes_ > 0) {
        block_.resize_discard(block_.size() + most_overflow_bytes_ + most_overflow_bytes_ / 4);
        overflow_.clear();
        overflow_bytes_ = most_overflow_bytes_ = 0;
    }
    used_ = 0;
}

void Workspace::release(const Mark& mark) {
    used_ = mark.used;
    overflow_.resize(mark.n_overflow);
    overflow_bytes_ = mark.overflow_bytes;
}

void* Workspace::take_overflow(std::size_t bytes) {
    overflow_.emplace_back(bytes);
    overflow_bytes_ += bytes;
    most_overflow_bytes_ = std::max(most_overflow_bytes_, overflow_bytes_);
    return overflow_.back().data();
}

}  // namespace dpmd
