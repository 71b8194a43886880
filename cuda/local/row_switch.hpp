#pragma once
// The switch w of rows, for descriptors that take it beside the rows. The twin of cpp/src/cpu/tile/row_switch.hpp.
#include "local/neighborhood.hpp"

namespace dpmd::gpu {

/// w and its derivative with respect to the distance.
GPU_DEVICE ValueSlope<double> switch_of_row(const EnvironmentView& environment, const Neighbor& neighbor,
                                            const EnvironmentRadial<double>& f) {
    const double reach = neighbor.r + environment.protection;
    return {f.s * reach, f.s_slope * reach + f.s};
}

}  // namespace dpmd::gpu
