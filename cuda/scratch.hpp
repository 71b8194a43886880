#pragma once
// Scratch memory of a tile, in pieces of one block. Without a block it only counts, to find how much a tile of some
// size needs.
#include <cstddef>

namespace dpmd::gpu {

class Scratch {
public:
    explicit Scratch(std::byte* block = nullptr) : block_(block) {}

    /// n values, aligned to 256 bytes.
    template <class T>
    T* take(std::int64_t n) {
        std::byte* piece = block_ != nullptr ? block_ + used_ : nullptr;
        used_ += (static_cast<std::size_t>(n) * sizeof(T) + 255) / 256 * 256;
        return reinterpret_cast<T*>(piece);
    }
    std::size_t used() const { return used_; }

private:
    std::byte* block_;
    std::size_t used_ = 0;
};

}  // namespace dpmd::gpu
