#pragma once
// The verbs that sum or search over all atoms and leave a few numbers in the StepState.
#include "atomic_sums.hpp"
#include "backend/backend.hpp"
#include "core/array.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

/// The sums to which the blocks of a launch add; in device memory, zero between the verbs.
struct Measured {
    FixedSum kinetic[6], momentum[3];
    std::uint64_t flown;        ///< first atom, or none
    std::uint64_t max_squared;  ///< bits of a non-negative double: their order is that of the numbers
};

class Measures {
public:
    Measures(Queue& queue, Memory& memory);

    void measure(const MeasureArgs& args);
    void displacement(const DisplacementArgs& args);

private:
    Queue& queue_;
    Array<Measured> measured_;  // [1]
};

void ensemble_step(Queue& queue, const EnsembleStepArgs& args);
void close_forces(Queue& queue, const CloseForcesArgs& args);
void judge_list(Queue& queue, const JudgeListArgs& args);

}  // namespace dpmd::gpu
