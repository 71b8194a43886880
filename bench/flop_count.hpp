#pragma once
// Floating-point operations and bytes of a force call, by stage: what the formulas ask for. Padding of vectors and
// tiles and the inside of tanh are not counted, so shares of the peak are lower bounds.
#include <array>

#include "backend/local_stages.hpp"
#include "dpmd/potential.hpp"

namespace dpmd::bench {

struct StageWork {
    double flop = 0;
    double bytes = 0;  ///< 0: not counted, the stage lives on what is in the first-level cache
};

/// By Stage.
using CallWork = std::array<StageWork, n_stages>;

/// One call for the structure of side^3 cells, with the neighbours it really has. `potential` is the model and tells
/// the form, the precision and the skin.
CallWork count_call(const Potential& potential, int side);

double total_flop(const CallWork& work);

}  // namespace dpmd::bench
