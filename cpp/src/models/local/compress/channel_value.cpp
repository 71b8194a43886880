#include "models/local/compress/channel_value.hpp"

#include "math/environment.hpp"

namespace dpmd::compress {

ChannelValue::ChannelValue(const RadialFunction& function, const RadialView& view)
    : function_(function),
      view_(view),
      net_(*function.network),
      value_(std::size_t(function.n_channels())),
      slope_(value_.size()) {}

void ChannelValue::at(double x) {
    if (!function_.is_of_distance()) return evaluate((x - view_.shift) / view_.scale, 1, {1, 0});
    const EnvironmentRadial<double> f = environment_radial(x, view_.range, view_.protection);
    ValueSlope<double> factor = switch_function(x, view_.range);
    if (function_.switch_kind == RadialFunction::Switch::cubic) {
        factor = cubic_switch(f.s, function_.cubic_smooth);
        factor.slope *= f.s_slope;
    }
    evaluate((f.s - view_.shift) / view_.scale, f.s_slope / view_.scale, factor);
}

void ChannelValue::at_distance(double r) {
    const EnvironmentRadial<double> f = environment_radial(r, view_.range, view_.protection);
    s_slope_ = f.s_slope;
    at(function_.is_of_distance() ? r : f.s);
}

void ChannelValue::at_row(double row) {
    const ValueSlope<double> factor{function_.is_of_distance() ? 0.0 : 1.0, 0};
    evaluate(row, 1, factor);
}

double ChannelValue::slope_by_distance(std::size_t channel) const {
    return function_.is_of_distance() ? slope_[channel] : slope_[channel] * s_slope_ / view_.scale;
}

void ChannelValue::evaluate(double row, double row_slope, const ValueSlope<double>& factor) {
    net_.evaluate(row);
    const std::vector<double>& t = function_.factors;
    for (std::size_t c = 0; c < value_.size(); ++c) {
        value_[c] = net_.value()[c];
        slope_[c] = net_.slope()[c] * row_slope;
        if (t.empty()) continue;
        const double both = 1 + factor.value * t[c];
        slope_[c] = slope_[c] * both + value_[c] * factor.slope * t[c];
        value_[c] *= both;
    }
}

}  // namespace dpmd::compress
