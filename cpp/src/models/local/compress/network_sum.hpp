#pragma once
// The sum of networks as a function of their one input.
#include <vector>

#include "models/nets/network_value.hpp"

namespace dpmd::compress {

class NetworkSum {
public:
    /// All with the same number of outputs.
    explicit NetworkSum(const std::vector<Network>& networks) {
        nets_.reserve(networks.size());
        for (const Network& network : networks) nets_.emplace_back(network);
        value_.resize(std::size_t(nets_.front().n_out()));
        slope_.resize(value_.size());
    }
    /// Valid until the next call.
    void evaluate(double x) {
        for (NetworkValue& net : nets_) {
            net.evaluate(x);
            const bool is_first = &net == &nets_.front();
            for (std::size_t c = 0; c < value_.size(); ++c) {
                value_[c] = is_first ? net.value()[c] : value_[c] + net.value()[c];
                slope_[c] = is_first ? net.slope()[c] : slope_[c] + net.slope()[c];
            }
        }
    }
    int n_out() const { return static_cast<int>(value_.size()); }
    double value(std::size_t channel) const { return value_[channel]; }
    double slope(std::size_t channel) const { return slope_[channel]; }

private:
    std::vector<NetworkValue> nets_;
    std::vector<double> value_, slope_;
};

}  // namespace dpmd::compress
