#pragma once
// Floating-point operations and bytes of a force call, by stage, as the formulas require. Padding of vectors and tiles
// and the inside of tanh are not counted, so shares of the peak are lower bounds.
#include <array>

#include "backend/local_stages.hpp"
#include "dpmd/potential.hpp"

namespace dpmd::bench {

struct StageWork {
    double flop = 0;
    double bytes = 0;  ///< 0: not counted, the stage works in the first-level cache
};

/// The work of each Stage.
using CallWork = std::array<StageWork, n_stages>;

/// The work of one call for the structure of side^3 cells, with its real neighbours. `potential` holds the model, and
/// tells the form, the precision and the skin.
CallWork count_call(const Potential& potential, int side);

double total_flop(const CallWork& work);

}  // namespace dpmd::bench
