#include "core/workspace.hpp"

namespace dpmd {

void Workspace::reset() {
    if (!overflow_.empty()) {
        block_.resize_discard(used_ + overflow_bytes_ + overflow_bytes_ / 4);
        overflow_.clear();
        overflow_bytes_ = 0;
    }
    used_ = 0;
}

void* Workspace::take_overflow(std::size_t bytes) {
    overflow_.emplace_back(bytes);
    overflow_bytes_ += bytes;
    return overflow_.back().data();
}

}  // namespace dpmd
