#pragma once
// Places where a net is not smooth, so that no table of polynomials follows it.
#include <vector>

#include "models/nets/network.hpp"

namespace dpmd::compress {

/// Whether a net has kinks between `places`, values of its input: relu and relu6 have them wherever they stand, silut
/// where a hidden value passes the threshold, since its second derivative jumps there.
bool has_kinks(const Network& network, const std::vector<double>& places);

constexpr const char* refusal_of_kinks =
    "embedding nets have kinks, which no polynomial follows: those of relu or relu6, or of silut at its threshold";

}  // namespace dpmd::compress
