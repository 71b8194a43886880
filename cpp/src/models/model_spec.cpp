#include "models/model_spec.hpp"

namespace dpmd {
namespace {

/// Volatile, because g++ 12 vectorises a pair of double -> float -> double conversions into none at all.
double round_to_single(double x) {
    volatile const auto rounded = static_cast<float>(x);
    return double(rounded);
}

}  // namespace

SwitchRange DescriptorSpec::switch_range() const {
    if (!single_precision_cutoff) return {cutoff_smooth, cutoff, cutoff - cutoff_smooth};
    const double smooth = round_to_single(cutoff_smooth), end = round_to_single(cutoff);
    return {smooth, end, round_to_single(end - smooth)};
}

}  // namespace dpmd
