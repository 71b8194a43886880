#pragma once
// Stable sort of 64-bit keys, each with a 32-bit value, by the bits that are in use.
#include <cstdint>

#include "core/array.hpp"
#include "lists/scan.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

/// Owns keys and values: resize, fill, sort, and read them until the next resize.
class RadixSort {
public:
    RadixSort(Queue& queue, Memory& memory, Scan& scan)
        : queue_(queue),
          scan_(scan),
          keys_(memory),
          other_keys_(memory),
          values_(memory),
          other_values_(memory),
          offsets_(memory) {}

    void resize(std::int32_t n);
    /// Keys are below 2^bits.
    void sort(int bits);

    std::uint64_t* keys() { return keys_.data(); }
    std::int32_t* values() { return values_.data(); }

private:
    Queue& queue_;
    Scan& scan_;
    Array<std::uint64_t> keys_, other_keys_;
    Array<std::int32_t> values_, other_values_;
    Array<std::int64_t> offsets_;
};

}  // namespace dpmd::gpu
