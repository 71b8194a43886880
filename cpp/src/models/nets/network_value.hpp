#pragma once
// A network as a function of its first input, in double, on the host.
#include <vector>

#include "models/nets/network.hpp"

namespace dpmd {

/// Evaluates G(x) and dG/dx; keeps its scratch.
class NetworkValue {
public:
    explicit NetworkValue(const Network& network);
    /// Valid until the next call.
    void evaluate(double x) { evaluate(x, {}); }
    /// `others` are the values of the inputs behind the first.
    void evaluate(double x, const std::vector<double>& others);
    int n_out() const { return network_.n_out(); }
    const double* value() const { return value_.data(); }
    const double* slope() const { return slope_.data(); }
    /// Of every hidden value of a layer with silut, whether it is at or beyond the threshold, where the second
    /// derivative jumps.
    const std::vector<bool>& beyond_thresholds() const { return beyond_thresholds_; }

private:
    void evaluate_table(double x);
    void evaluate_layer(const Layer& layer);

    const Network& network_;
    std::vector<double> value_, slope_, sum_, slope_sum_;
    std::vector<bool> beyond_thresholds_;
};

}  // namespace dpmd
