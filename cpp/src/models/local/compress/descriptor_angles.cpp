#include "models/local/compress/descriptor_angles.hpp"

#include <algorithm>
#include <cmath>

#include "core/threads.hpp"
#include "models/nets/network_value.hpp"

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

}  // namespace

std::string DescriptorAngles::refusal(const PairNets& nets) {
    for (const auto& network : nets.nets)
        if (network && has_kinks(*network)) return refusal_of_kinks;
    return "";
}

DescriptorAngles::DescriptorAngles(const Environment& environment, const PairNets& nets, double nearest, int n_threads)
    : nets_(nets), nearest_(nearest), largest_(largest_theta(environment, nearest)), n_threads_(n_threads) {
    spreads_.resize(nets.nets.size());
    parallel_for(n_threads, std::int64_t(spreads_.size()), 1, [&](std::int64_t at, int) {
        const auto k = std::size_t(at);
        if (nets.nets[k]) spreads_[k] = find_angle_spread(*nets.nets[k], largest_);
    });
}

std::string DescriptorAngles::refusal_of_tables(const Accuracy& accuracy) const {
    double bytes = 0, n_numbers = 0;
    for (std::size_t k = 0; k < spreads_.size(); ++k) {
        if (!spreads_[k]) continue;
        bytes += double(sizeof(double) * angle_powers) * nets_.nets[k]->n_out() *
                 choose_angle_knots(*spreads_[k], table_share * accuracy.error).n_intervals;
        n_numbers += count_numbers(*nets_.nets[k]);
    }
    return compress::refusal_of_tables(bytes, n_numbers);
}

CompressedDescriptor DescriptorAngles::form(const Accuracy& accuracy) const {
    AngleTables out;
    out.nearest = nearest_;
    out.tables.resize(spreads_.size());
    parallel_for(n_threads_, std::int64_t(spreads_.size()), 1, [&](std::int64_t at, int) {
        const auto k = std::size_t(at);
        if (spreads_[k])
            out.tables[k] = make_angle_table(*nets_.nets[k], largest_,
                                             choose_angle_knots(*spreads_[k], table_share * accuracy.error));
    });
    return out;
}

void DescriptorAngles::add_center(std::size_t, const Accuracy&, CompressedDescriptor&, FittingFold& fold) const {
    fold.put(fold.take(nets_.n_channels()).weight);
}

NetError DescriptorAngles::deviation(const CompressedDescriptor& form) const {
    const AngleTables& tables = std::get<AngleTables>(form);
    NetError largest;
    for (std::size_t k = 0; k < spreads_.size(); ++k) {
        if (!spreads_[k]) continue;
        NetworkValue net(*nets_.nets[k]);
        for (int n = 0; n < n_measured; ++n) {
            // theta is a product of two rows, whose lengths fall like 1/r
            const double part = 2 * (n + 0.37) / n_measured - 1, theta = largest_ * part * part * part;
            net.evaluate(theta);
            for (int c = 0; c < net.n_out(); ++c) {
                const ValueSlope<double> found = look_up(*tables.tables[k], theta, c);
                const double value = theta * net.value()[c], slope = net.value()[c] + theta * net.slope()[c];
                largest.value = std::max(largest.value, std::fabs(found.value - value));
                largest.slope = std::max(largest.slope, std::fabs(found.slope - slope) * std::fabs(theta) / nearest_);
            }
        }
    }
    return largest;
}

}  // namespace dpmd::compress
