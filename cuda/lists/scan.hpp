#pragma once
// Exclusive prefix sums of an array in device memory.
#include <cstdint>

#include "core/array.hpp"
#include "queue.hpp"
#include "tile_sums.hpp"

namespace dpmd::gpu {

class Scan {
public:
    Scan(Queue& queue, Memory& memory) : queue_(queue), sums_(memory) {}

    /// values[i] becomes values[0] + ... + values[i - 1], for i = 0 .. n: [n + 1], of which the last is not read.
    void exclusive(std::int64_t* values, std::int64_t n);

private:
    void exclusive(std::int64_t* values, std::int64_t n, std::int64_t* sums);

    Queue& queue_;
    Array<std::int64_t> sums_;
};

}  // namespace dpmd::gpu
