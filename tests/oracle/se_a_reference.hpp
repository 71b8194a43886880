#pragma once
// se_e2_a, slowly and clearly: from the formulas of Zhang et al. (NeurIPS 2018, DeepPot-SE) and docs/model-format.md.
#include <vector>

#include "models/local/se_a.hpp"
#include "oracle/slots_reference.hpp"

namespace dpmd::reference {

/// A [4][channels], one term per slot.
inline std::vector<real> moments_of(const SeA& descriptor, const std::vector<Slot>& slots) {
    const auto n_channels = std::size_t(descriptor.embedding.n_channels());
    std::vector<real> out(4 * n_channels, 0);
    for (const Slot& slot : slots)
        for (std::size_t k = 0; k < 4; ++k)
            for (std::size_t m = 0; m < n_channels; ++m)
                out[k * n_channels + m] +=
                    slot.row[k] * slot.channels.value[m] / real(descriptor.environment.normalization);
    return out;
}

inline std::vector<real> features_of(const SeA& descriptor, const std::vector<Slot>& slots) {
    const auto n_channels = std::size_t(descriptor.embedding.n_channels());
    const auto n_axis = std::size_t(descriptor.axis_neuron);
    const std::vector<real> moments = moments_of(descriptor, slots);
    std::vector<real> out(n_channels * n_axis, 0);
    for (std::size_t a = 0; a < n_channels; ++a)
        for (std::size_t b = 0; b < n_axis; ++b)
            for (std::size_t k = 0; k < 4; ++k)
                out[a * n_axis + b] += moments[k * n_channels + a] * moments[k * n_channels + b];
    return out;
}

/// dE/drow of every slot, through its channels too, from dE/dfeatures.
inline std::vector<RowGradient> row_gradients(const SeA& descriptor, const std::vector<Slot>& slots,
                                              const std::vector<real>& d_features) {
    const auto n_channels = std::size_t(descriptor.embedding.n_channels());
    const auto n_axis = std::size_t(descriptor.axis_neuron);
    const std::vector<real> moments = moments_of(descriptor, slots);
    std::vector<real> d_moments(4 * n_channels, 0);
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t a = 0; a < n_channels; ++a)
            for (std::size_t b = 0; b < n_axis; ++b) {
                const real back = d_features[a * n_axis + b] / real(descriptor.environment.normalization);
                d_moments[k * n_channels + a] += back * moments[k * n_channels + b];
                d_moments[k * n_channels + b] += back * moments[k * n_channels + a];
            }
    std::vector<RowGradient> out;
    for (const Slot& slot : slots) {
        RowGradient& gradient = out.emplace_back();
        for (std::size_t k = 0; k < 4; ++k)
            for (std::size_t m = 0; m < n_channels; ++m) {
                gradient[k] += d_moments[k * n_channels + m] * slot.channels.value[m];
                gradient[0] += d_moments[k * n_channels + m] * slot.row[k] * slot.channels.slope[m];
            }
    }
    return out;
}

}  // namespace dpmd::reference
