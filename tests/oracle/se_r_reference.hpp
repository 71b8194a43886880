#pragma once
// se_e2_r, slowly and clearly: the mean of the networks over all slots, times 1/5 (docs/model-format.md).
#include <vector>

#include "models/local/se_r.hpp"
#include "oracle/slots_reference.hpp"

namespace dpmd::reference {

inline std::vector<real> features_of(const SeR& descriptor, const std::vector<Slot>& slots) {
    std::vector<real> out(std::size_t(descriptor.embedding.n_channels()), 0);
    for (const Slot& slot : slots)
        for (std::size_t m = 0; m < out.size(); ++m)
            out[m] += slot.channels.value[m] / (5 * real(descriptor.environment.normalization));
    return out;
}

/// dE/drow of every slot from dE/dfeatures.
inline std::vector<RowGradient> row_gradients(const SeR& descriptor, const std::vector<Slot>& slots,
                                              const std::vector<real>& d_features) {
    std::vector<RowGradient> out;
    for (const Slot& slot : slots) {
        RowGradient& gradient = out.emplace_back();
        for (std::size_t m = 0; m < d_features.size(); ++m)
            gradient[0] += d_features[m] * slot.channels.slope[m] / (5 * real(descriptor.environment.normalization));
    }
    return out;
}

}  // namespace dpmd::reference
