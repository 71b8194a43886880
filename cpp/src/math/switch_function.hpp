#pragma once
// The smooth cutoff of the Deep Potential environment matrix (Zhang et al., NeurIPS 2018, DeepPot-SE).
#include "math/elementary.hpp"
#include "math/hd.hpp"

namespace dpmd {

/// Where the switch begins and ends. `width` is stored, not recomputed: models frozen from TensorFlow compute rc - rs
/// in single precision.
struct SwitchRange {
    double smooth;  ///< rs, Å
    double cutoff;  ///< rc, Å
    double width;   ///< rc - rs, Å
    bool operator==(const SwitchRange&) const = default;
};

/// w(r) = 1 - 10 u^3 + 15 u^4 - 6 u^5 with u = (r - rs)/(rc - rs); 1 below rs, 0 beyond rc. The slope is dw/dr. For a
/// scalar or a vector of lanes.
template <class V>
DPMD_HD ValueSlope<V> switch_function(V r, const SwitchRange& range) {
    const V zero = broadcast<V>(0.0), one = broadcast<V>(1.0);
    V u = (r - range.smooth) / range.width;
    u = u < zero ? zero : u;
    u = r >= range.cutoff ? one : u;
    const V value = u * u * u * (-6.0 * u * u + 15.0 * u - 10.0) + 1.0;
    const V slope = -30.0 * u * u * (u * (u - 2.0) + 1.0) / range.width;
    return {value, slope};
}

/// TensorFlow's switch of type factors and attention, 1 - (1 - rs s)^3 between 0 and 1. The slope is that with respect
/// to s = w/r.
DPMD_HD ValueSlope<double> cubic_switch(double s, double smooth) {
    const double x = 1 - smooth * s;
    return x > 0 ? ValueSlope<double>{1 - x * x * x, 3 * smooth * x * x} : ValueSlope<double>{1.0, 0.0};
}

}  // namespace dpmd
