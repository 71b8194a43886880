#include "models/local/compress/descriptor_angles.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/threads.hpp"
#include "models/local/compress/kinks.hpp"
#include "models/local/compress/network_sum.hpp"

namespace dpmd::compress {
namespace {

constexpr int n_measured = 1000;
constexpr double rounding_room = 1e-5;  // theta in single precision may exceed its bound by so much

/// The direction part of a row is at most 1/(r + protection) over the smallest scale, and theta is a product of two.
double largest_theta(const Environment& environment, double nearest) {
    double scale = 0;
    for (int center = 0; center < environment.n_types(); ++center)
        for (int k = 1; k < 4; ++k) scale = std::max(scale, 1 / environment.scale_of(center, k));
    const double direction = scale / (nearest + environment.protection);
    return direction * direction * (1 + rounding_room);
}

/// A value between -largest and largest: theta is a product of two rows, whose lengths fall like 1/r.
double theta_at(double part, double largest) {
    const double from_middle = 2 * part - 1;
    return largest * from_middle * from_middle * from_middle;
}

}  // namespace

std::string DescriptorAngles::refusal(const Environment& environment, const PairFunctions& functions, double nearest) {
    const double largest = largest_theta(environment, nearest);
    std::vector<double> places;
    for (int k = 0; k <= n_measured; ++k) places.push_back(theta_at(double(k) / n_measured, largest));
    for (const std::vector<Network>& networks : functions.functions)
        for (const Network& network : networks)
            if (has_kinks(network, places)) return refusal_of_kinks;
    return "";
}

DescriptorAngles::DescriptorAngles(const Environment& environment, PairFunctions functions, int n_features,
                                   double nearest, int n_threads)
    : functions_(std::move(functions)),
      n_features_(n_features),
      nearest_(nearest),
      largest_(largest_theta(environment, nearest)),
      n_threads_(n_threads) {
    spreads_.resize(functions_.functions.size());
    parallel_for(n_threads, std::int64_t(spreads_.size()), 1, [&](std::int64_t at, int) {
        const auto k = std::size_t(at);
        spreads_[k] = find_angle_spread(functions_.functions[k], largest_);
    });
}

AngleKnots DescriptorAngles::knots(std::size_t function, const Accuracy& accuracy) const {
    return choose_angle_knots(spreads_[function], table_share * accuracy.error / functions_.largest_factor(function));
}

std::string DescriptorAngles::refusal_of_tables(const Accuracy& accuracy) const {
    double bytes = 0, n_numbers = 0;
    for (std::size_t k = 0; k < spreads_.size(); ++k) {
        bytes += double(sizeof(double) * angle_powers) * functions_.n_channels() * knots(k, accuracy).n_intervals;
        for (const Network& network : functions_.functions[k]) n_numbers += count_numbers(network);
    }
    return compress::refusal_of_tables(bytes, n_numbers);
}

CompressedDescriptor DescriptorAngles::form(const Accuracy& accuracy) const {
    AngleTables out;
    out.nearest = nearest_;
    out.tables.resize(spreads_.size());
    parallel_for(n_threads_, std::int64_t(spreads_.size()), 1, [&](std::int64_t at, int) {
        const auto k = std::size_t(at);
        out.tables[k] = make_angle_table(functions_.functions[k], largest_, knots(k, accuracy));
    });
    return out;
}

void DescriptorAngles::add_center(std::size_t, const Accuracy&, CompressedDescriptor&, FittingFold& fold) const {
    fold.put(fold.take(n_features_).weight);
}

NetError DescriptorAngles::deviation(const CompressedDescriptor& form) const {
    const AngleTables& tables = std::get<AngleTables>(form);
    NetError largest;
    for (std::size_t k = 0; k < spreads_.size(); ++k) {
        NetworkSum net(functions_.functions[k]);
        const double factor = functions_.largest_factor(k);
        for (int n = 0; n < n_measured; ++n) {
            const double theta = theta_at((n + 0.37) / n_measured, largest_);
            net.evaluate(theta);
            for (int c = 0; c < net.n_out(); ++c) {
                const ValueSlope<double> found = look_up(tables.tables[k], theta, c);
                const auto at = std::size_t(c);
                const double value = theta * net.value(at), slope = net.value(at) + theta * net.slope(at);
                largest.value = std::max(largest.value, factor * std::fabs(found.value - value));
                largest.slope =
                    std::max(largest.slope, factor * std::fabs(found.slope - slope) * std::fabs(theta) / nearest_);
            }
        }
    }
    return largest;
}

}  // namespace dpmd::compress
