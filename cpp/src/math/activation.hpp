#pragma once
// The activation functions of DeePMD-kit, value and slope together, for a scalar or a vector of lanes.
#include <cmath>

#include "math/elementary.hpp"
#include "math/hd.hpp"

namespace dpmd {

enum class Activation { linear, tanh, gelu, relu, relu6, softplus, sigmoid, silu, silut, gelu_single };

/// The coefficient of the cube in the tanh approximation of GELU, and the value that it has in DeePMD-kit's gelu_tf, in
/// graphs of any precision: the nearest single-precision number, which is smaller by a fraction of 3.5e-8.
constexpr double gelu_cubic = 0.044715, gelu_single_cubic = double(float(gelu_cubic));

template <class V>
DPMD_HD V sigmoid_of(V x) {
    using Real = typename LaneOf<V>::Real;
    return Real(0.5) + Real(0.5) * tanh_of<V>(Real(0.5) * x);
}

template <class V>
DPMD_HD ValueSlope<V> activation_tanh(V x) {
    const V t = tanh_of<V>(x);
    return {t, typename LaneOf<V>::Real(1) - t * t};
}

/// The tanh approximation of GELU: x/2 (1 + tanh(sqrt(2/pi) (x + a x^3))), a = 0.044715.
template <class V>
DPMD_HD ValueSlope<V> activation_gelu(V x, typename LaneOf<V>::Real a = typename LaneOf<V>::Real(gelu_cubic)) {
    using Real = typename LaneOf<V>::Real;
    constexpr Real c = Real(0.79788456080286535588);
    const V t = tanh_of<V>(c * (x + a * x * x * x));
    const V half = Real(0.5) * (Real(1) + t);
    return {x * half, half + Real(0.5) * x * (Real(1) - t * t) * c * (Real(1) + Real(3) * a * x * x)};
}

template <class V>
DPMD_HD ValueSlope<V> activation_relu(V x) {
    using Real = typename LaneOf<V>::Real;
    const V zero = broadcast<V>(Real(0)), one = broadcast<V>(Real(1));
    return {x < Real(0) ? zero : x, x > Real(0) ? one : zero};
}

template <class V>
DPMD_HD ValueSlope<V> activation_relu6(V x) {
    using Real = typename LaneOf<V>::Real;
    const V zero = broadcast<V>(Real(0)), six = broadcast<V>(Real(6));
    const ValueSlope<V> below = activation_relu<V>(x);
    return {x > Real(6) ? six : below.value, x < Real(6) ? below.slope : zero};
}

template <class V>
DPMD_HD ValueSlope<V> activation_sigmoid(V x) {
    const V s = sigmoid_of<V>(x);
    return {s, s * (typename LaneOf<V>::Real(1) - s)};
}

template <class V>
DPMD_HD ValueSlope<V> activation_silu(V x) {
    const V s = sigmoid_of<V>(x);
    return {x * s, s * (typename LaneOf<V>::Real(1) + x * (typename LaneOf<V>::Real(1) - s))};
}

/// silu below the threshold T; above it tanh(silu'(T) (x - T)) + silu(T), which continues it with equal slope.
template <class V>
DPMD_HD ValueSlope<V> activation_silut(V x, typename LaneOf<V>::Real threshold) {
    using Real = typename LaneOf<V>::Real;
    const ValueSlope<V> low = activation_silu<V>(x);
    const ValueSlope<V> at = activation_silu<V>(broadcast<V>(threshold));
    const V t = tanh_of<V>(at.slope * (x - threshold));
    const V high = t + at.value, high_slope = at.slope * (Real(1) - t * t);
    return {x < threshold ? low.value : high, x < threshold ? low.slope : high_slope};
}

/// log(1 + e^x), scalar only.
template <class Real>
DPMD_HD ValueSlope<Real> activation_softplus(Real x) {
    const Real value = (x > Real(0) ? x : Real(0)) + ::log1p(::exp(x > Real(0) ? -x : x));
    return {value, sigmoid_of<Real>(x)};
}

/// Any of the activation functions, for a scalar.
template <class Real>
DPMD_HD ValueSlope<Real> activation_of(Activation activation, Real x, Real silut_threshold) {
    switch (activation) {
        case Activation::linear: return {x, Real(1)};
        case Activation::tanh: return activation_tanh<Real>(x);
        case Activation::gelu: return activation_gelu<Real>(x);
        case Activation::gelu_single: return activation_gelu<Real>(x, Real(gelu_single_cubic));
        case Activation::relu: return activation_relu<Real>(x);
        case Activation::relu6: return activation_relu6<Real>(x);
        case Activation::softplus: return activation_softplus<Real>(x);
        case Activation::sigmoid: return activation_sigmoid<Real>(x);
        case Activation::silu: return activation_silu<Real>(x);
        case Activation::silut: return activation_silut<Real>(x, silut_threshold);
    }
    return {x, Real(1)};
}

}  // namespace dpmd
