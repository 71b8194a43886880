#pragma once
// se_e3, slowly and clearly: a sum over all ordered pairs of slots, each with itself too (docs/model-format.md).
#include <vector>

#include "models/local/se_t.hpp"
#include "oracle/slots_reference.hpp"

namespace dpmd::reference {

/// What a pair of slots adds: theta N(theta) times a factor, and the derivative with respect to theta.
inline Channels pair_channels(const SeT& descriptor, const Slot& j, const Slot& k) {
    const auto& network = descriptor.embedding.at(j.type, k.type);
    if (j.type > k.type || !network) return {};  // a sum over a <= b
    if (!j.bond || !k.bond) return {};           // a slot without a direction has theta = 0, and so has its derivative
    real theta = 0;
    for (int c = 1; c < 4; ++c) theta += j.row[c] * k.row[c];
    Channels out = embed(*network, theta);
    const real factor = 1 / (real(descriptor.pair_normalization[std::size_t(j.type)]) *
                             real(descriptor.pair_normalization[std::size_t(k.type)]));
    for (std::size_t m = 0; m < out.value.size(); ++m) {
        out.slope[m] = factor * (out.value[m] + theta * out.slope[m]);
        out.value[m] *= factor * theta;
    }
    return out;
}

inline std::vector<real> features_of(const SeT& descriptor, const std::vector<Slot>& slots) {
    std::vector<real> out(std::size_t(descriptor.n_features()), 0);
    for (const Slot& j : slots)
        for (const Slot& k : slots) {
            const Channels pair = pair_channels(descriptor, j, k);
            for (std::size_t m = 0; m < pair.value.size(); ++m) out[m] += pair.value[m];
        }
    return out;
}

/// dE/drow of every slot from dE/dfeatures.
inline std::vector<RowGradient> row_gradients(const SeT& descriptor, const std::vector<Slot>& slots,
                                              const std::vector<real>& d_features) {
    std::vector<RowGradient> out(slots.size(), RowGradient{});
    for (std::size_t j = 0; j < slots.size(); ++j)
        for (std::size_t k = 0; k < slots.size(); ++k) {
            const Channels pair = pair_channels(descriptor, slots[j], slots[k]);
            real slope = 0;
            for (std::size_t m = 0; m < pair.slope.size(); ++m) slope += d_features[m] * pair.slope[m];
            for (std::size_t c = 1; c < 4; ++c) {
                out[j][c] += slope * slots[k].row[c];
                out[k][c] += slope * slots[j].row[c];
            }
        }
    return out;
}

}  // namespace dpmd::reference
