#pragma once
// Activation functions over a block of rows, with their slopes.
#include "cpu/nets/packed_network.hpp"
#include "cpu/tile/vector.hpp"
#include "math/activation.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// y = activation(y) * timestep and slope = activation'(y) * timestep, over rows x layer.out_stride values.
template <class Real, class F>
DPMD_HD void activate_with(F&& function, const PackedLayer<Real>& layer, int rows, Real* y, Real* slope) {
    constexpr int L = lanes<Real>;
    const Real* timestep = layer.timestep.empty() ? nullptr : layer.timestep.data();
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < layer.out_stride; c += L) {
            const std::size_t at = std::size_t(r) * std::size_t(layer.out_stride) + std::size_t(c);
            ValueSlope<Vector<Real>> f = function(load(y + at));
            if (timestep) {
                f.value *= load(timestep + c);
                f.slope *= load(timestep + c);
            }
            store(y + at, f.value);
            if (slope) store(slope + at, f.slope);
        }
}

template <class Real>
void activate(const PackedLayer<Real>& layer, int rows, Real* y, Real* slope) {
    using V = Vector<Real>;
    const auto with = [&](auto&& function) { activate_with(function, layer, rows, y, slope); };
    switch (layer.activation) {
        case Activation::linear: return with([](V x) { return ValueSlope<V>{x, broadcast<V>(Real(1))}; });
        case Activation::tanh: return with([](V x) { return activation_tanh<V>(x); });
        case Activation::gelu: return with([](V x) { return activation_gelu<V>(x); });
        case Activation::gelu_single: return with([](V x) { return activation_gelu<V>(x, Real(gelu_single_cubic)); });
        case Activation::relu: return with([](V x) { return activation_relu<V>(x); });
        case Activation::relu6: return with([](V x) { return activation_relu6<V>(x); });
        case Activation::sigmoid: return with([](V x) { return activation_sigmoid<V>(x); });
        case Activation::silu: return with([](V x) { return activation_silu<V>(x); });
        case Activation::silut: return with([t = layer.silut_threshold](V x) { return activation_silut<V>(x, t); });
        case Activation::softplus:
            return with([](V x) {
                ValueSlope<V> f;
                for (int k = 0; k < lanes<Real>; ++k) {
                    const ValueSlope<Real> one = activation_softplus<Real>(x[k]);
                    f.value[k] = one.value;
                    f.slope[k] = one.slope;
                }
                return f;
            });
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
