#pragma once
// An embedding net as a function of one number, in double, on the host.
#include <vector>

#include "models/nets/network.hpp"

namespace dpmd::compress {

/// Evaluates G(x) and dG/dx of a net with one input; keeps its scratch.
class NetworkValue {
public:
    explicit NetworkValue(const Network& network);
    /// Valid until the next call.
    void evaluate(double x);
    int n_out() const { return network_.n_out(); }
    const double* value() const { return value_.data(); }
    const double* slope() const { return slope_.data(); }

private:
    void evaluate_table(double x);
    void evaluate_layer(const Layer& layer);

    const Network& network_;
    std::vector<double> value_, slope_, sum_, slope_sum_;
};

}  // namespace dpmd::compress
