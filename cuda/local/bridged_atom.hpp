#pragma once
// An atom between the nets and the pair table of a bridged model, in device memory.
#include "math/bridge.hpp"

namespace dpmd::gpu {

struct BridgedAtom {
    SoftMinimum minimum;        ///< of the distances to its neighbours
    ValueSlope<double> weight;  ///< of the table, and its derivative by the soft minimum, 1/Å
    double table_energy;        ///< eV
    double net_share;           ///< one minus the weight
    double net_energy;          ///< eV, which the nets add here
};

}  // namespace dpmd::gpu
