#pragma once
// Statistics of several numbers.
#include <algorithm>
#include <numeric>
#include <vector>

#include "json_text.hpp"

namespace dpmd::bench {

/// The median; NaN if there are no values.
inline double median(std::vector<double> values) {
    if (values.empty()) return std::nan("");
    const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

inline double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

struct Spread {
    double least, mean, most;
};

template <class T>
Spread spread_of(const std::vector<T>& values) {
    const std::vector<double> v(values.begin(), values.end());
    return {*std::min_element(v.begin(), v.end()), mean(v), *std::max_element(v.begin(), v.end())};
}

inline JsonText json_spread(const Spread& spread) {
    return json_object({{"min", spread.least}, {"mean", spread.mean}, {"max", spread.most}});
}

}  // namespace dpmd::bench
