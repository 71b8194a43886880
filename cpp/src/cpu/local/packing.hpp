#pragma once
// How the networks of a model are packed for one instruction set and precision.
#include <algorithm>
#include <vector>

#include "cpu/local/tile_args.hpp"

namespace dpmd::cpu {

/// Values with zeros behind them, up to `stride`.
template <class Real, class T>
Array<Real> in_whole_vectors(const std::vector<T>& values, int stride) {
    Array<Real> out{std::size_t(stride)};
    out.fill(Real(0));
    std::transform(values.begin(), values.end(), out.begin(), [](T x) { return static_cast<Real>(x); });
    return out;
}

template <class Real>
struct Packing {
    const LocalKernels<Real>& kernels;
    /// Whether matrix products take values rounded to bfloat16, in all layers except the first of embedding and the
    /// last of fitting nets.
    bool in_half;
    const HalfUnit* unit;  ///< the hardware for such products, or null

    int lanes() const { return kernels.shape.lanes; }
    PackedNetwork<Real> embedding(const Network& network) const {
        return {network, kernels.shape, {1, in_half ? static_cast<int>(network.layers.size()) : 0, unit}};
    }
    PackedNetwork<Real> fitting(const Network& network) const {
        return {network, kernels.shape, {0, in_half ? static_cast<int>(network.layers.size()) - 1 : 0, unit}};
    }
    /// Outputs of an embedding net at one input, [out_stride].
    std::vector<Real> value(const PackedNetwork<Real>& embedding, double s) const {
        Workspace workspace;
        std::vector<Real> out(std::size_t(embedding.out_stride));
        kernels.embed(embedding, s, out.data(), workspace);
        return out;
    }
};

}  // namespace dpmd::cpu
