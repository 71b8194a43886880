#pragma once
// The channels of a radial function and their slopes, in double, on the host.
#include <vector>

#include "math/switch_function.hpp"
#include "models/local/environment.hpp"
#include "models/local/radial_functions.hpp"
#include "models/nets/network_value.hpp"

namespace dpmd::compress {

/// How atoms of a centre type see a distance: the radial component of its row is (s - shift)/scale.
struct RadialView {
    double shift = 0, scale = 1;
    SwitchRange range;
    double protection = 0;
};

inline RadialView view_of(const Environment& environment, int center) {
    return {environment.shift_of(center), environment.scale_of(center), environment.switch_range(),
            environment.protection};
}

/// Keeps its scratch.
class ChannelValue {
public:
    ChannelValue(const RadialFunction& function, const RadialView& view);

    /// The values of a neighbour at x, and their slopes by the argument of the function. Where it is one of the
    /// distance, x is the distance and the argument too; else x is s, and the argument the radial component.
    void at(double x);
    /// The same for the distance r, after which slope_by_distance may be asked.
    void at_distance(double r);
    /// The values for a radial component that no distance has: of an empty slot, or a row of zeros. The switch is 0.
    void at_row(double row);

    int n_channels() const { return net_.n_out(); }
    const double* value() const { return value_.data(); }
    const double* slope() const { return slope_.data(); }
    /// dx of a change of the argument by 1.
    double argument_scale() const { return function_.is_of_distance() ? 1 : view_.scale; }
    double slope_by_distance(std::size_t channel) const;

private:
    void evaluate(double row, double row_slope, const ValueSlope<double>& factor);

    const RadialFunction& function_;
    RadialView view_;
    NetworkValue net_;
    std::vector<double> value_, slope_;
    double s_slope_ = 0;
};

}  // namespace dpmd::compress
