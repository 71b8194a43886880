#pragma once
// The verbs that look at all atoms and tell the host a few numbers.
#include "backend/backend.hpp"
#include "core/array.hpp"
#include "kernels/halved_sum.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

/// In device memory.
struct Measured {
    HalvedSum kinetic[6], momentum[3];
    std::uint64_t too_fast;     ///< first atom, or none
    std::uint64_t max_squared;  ///< bits of a double that is not negative: they order as the numbers do
};

class Measures {
public:
    Measures(Queue& queue, Memory& memory) : queue_(queue), measured_(1, memory) {}

    void kinetic(const KineticArgs& args);
    void displacement(DisplacementArgs& args);

private:
    Measured read();

    Queue& queue_;
    Array<Measured> measured_;
};

}  // namespace dpmd::gpu
