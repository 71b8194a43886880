#pragma once
// How far results are apart.
#include <algorithm>
#include <cmath>
#include <vector>

namespace dpmd::testing {

inline double largest(const std::vector<double>& values) {
    double out = 0;
    for (const double x : values) out = std::max(out, std::fabs(x));
    return out;
}

inline double deviation(const std::vector<double>& a, const std::vector<double>& b) {
    double out = 0;
    for (std::size_t k = 0; k < a.size(); ++k) out = std::max(out, std::fabs(a[k] - b[k]));
    return out;
}

}  // namespace dpmd::testing
