#pragma once
// Layers and networks, slowly and clearly: in long double, with full matrices of derivatives. Shares no code with the
// engine but the ModelData.
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "models/nets/network.hpp"
#include "oracle/pairs_reference.hpp"

namespace dpmd::reference {

struct Function {
    real value, slope;
};

inline Function logistic(real x) {
    const real value = 1 / (1 + std::exp(-x));
    return {value, value * (1 - value)};
}

inline Function silu(real x) {
    const Function s = logistic(x);
    return {x * s.value, s.value + x * s.slope};
}

inline Function activate(const Layer& layer, real x) {
    switch (layer.activation) {
        case Activation::linear: return {x, 1};
        case Activation::tanh: return {std::tanh(x), 1 / (std::cosh(x) * std::cosh(x))};
        case Activation::gelu:
        case Activation::gelu_single: {
            const real a = layer.activation == Activation::gelu ? real(0.044715L) : real(0.044715f);
            const real c = std::sqrt(2 / std::acos(real(-1)));
            const real inner = c * (x + a * x * x * x), inner_slope = c * (1 + 3 * a * x * x);
            const real t = std::tanh(inner);
            return {x / 2 * (1 + t), (1 + t) / 2 + x / 2 * (1 - t * t) * inner_slope};
        }
        case Activation::relu: return {std::max<real>(x, 0), x > 0 ? real(1) : real(0)};
        case Activation::relu6: return {std::clamp<real>(x, 0, 6), x > 0 && x < 6 ? real(1) : real(0)};
        case Activation::softplus:
            return {std::max<real>(x, 0) + std::log1p(std::exp(-std::fabs(x))), logistic(x).value};
        case Activation::sigmoid: return logistic(x);
        case Activation::silu: return silu(x);
        case Activation::silut: {
            const real threshold = layer.silut_threshold;
            if (x < threshold) return silu(x);
            const Function at = silu(threshold);
            const real t = std::tanh(at.slope * (x - threshold));
            return {t + at.value, at.slope * (1 - t * t)};
        }
    }
    throw std::logic_error("unknown activation");
}

/// y = activation(x w + b) * timestep + skip(x), and dy/dx as a full matrix [n_in][n_out].
struct LayerOutcome {
    std::vector<real> y;
    std::vector<std::vector<real>> jacobian;
};

inline LayerOutcome run_layer(const Layer& layer, const std::vector<real>& x) {
    const auto n_in = std::size_t(layer.n_in), n_out = std::size_t(layer.n_out);
    LayerOutcome out{std::vector<real>(n_out), std::vector<std::vector<real>>(n_in, std::vector<real>(n_out))};
    for (std::size_t c = 0; c < n_out; ++c) {
        real z = layer.bias.empty() ? real(0) : real(layer.bias[c]);
        for (std::size_t k = 0; k < n_in; ++k) z += x[k] * real(layer.weight[k * n_out + c]);
        const Function f = activate(layer, z);
        const real timestep = layer.timestep.empty() ? real(1) : real(layer.timestep[c]);
        out.y[c] = f.value * timestep;
        for (std::size_t k = 0; k < n_in; ++k)
            out.jacobian[k][c] = f.slope * timestep * real(layer.weight[k * n_out + c]);
    }
    for (std::size_t k = 0; k < n_in; ++k)
        for (std::size_t copy = 0; copy < (layer.skip == Skip::none       ? 0u
                                           : layer.skip == Skip::identity ? 1u
                                                                          : 2u);
             ++copy) {
            out.y[copy * n_in + k] += x[k];
            out.jacobian[k][copy * n_in + k] += 1;
        }
    return out;
}

/// Value and derivative of every channel of an embedding net or table at s, by forward differentiation.
struct Channels {
    std::vector<real> value, slope;
};

inline Channels embed(const Network& network, real s) {
    if (!network.table) {
        Channels out{{s}, {1}};
        for (const Layer& layer : network.layers) {
            const LayerOutcome next = run_layer(layer, out.value);
            std::vector<real> slope(next.y.size());
            for (std::size_t c = 0; c < slope.size(); ++c)
                for (std::size_t k = 0; k < out.slope.size(); ++k) slope[c] += out.slope[k] * next.jacobian[k][c];
            out = {next.y, slope};
        }
        return out;
    }
    const Table& table = *network.table;
    const int n_fine = static_cast<int>(std::llround((table.upper - table.lower) / table.stride0));
    const int n_coarse = static_cast<int>(std::llround((table.max - table.upper) / table.stride1));
    const int n_before = static_cast<int>((table.lower - table.min) / table.stride1);
    int row = 0;
    real argument = 0, beyond = 0;
    if (s < table.min) {
        beyond = s - real(table.min);
    } else if (s < table.lower) {
        row = static_cast<int>((s - real(table.min)) / real(table.stride1));
        argument = s - (real(table.min) + row * real(table.stride1));
    } else if (s < table.upper) {
        const int step = std::min(static_cast<int>((s - real(table.lower)) / real(table.stride0)), n_fine - 1);
        row = n_before + step;
        argument = s - (real(table.lower) + step * real(table.stride0));
    } else if (s < table.max) {
        const int step = std::min(static_cast<int>((s - real(table.upper)) / real(table.stride1)), n_coarse - 1);
        row = n_before + n_fine + step;
        argument = s - (real(table.upper) + step * real(table.stride1));
    } else {
        row = n_before + n_fine + n_coarse - 1;
        beyond = s - real(table.max);
        if (table.linear_extrapolation)
            argument = real(table.max) - (real(table.upper) + (n_coarse - 1) * real(table.stride1));
    }
    Channels out;
    for (int c = 0; c < table.n_channels; ++c) {
        const double* a =
            table.coefficients.data() + (std::size_t(row) * std::size_t(table.n_channels) + std::size_t(c)) * 6;
        real value = 0, slope = 0;
        for (int p = 5; p >= 0; --p) value = value * argument + a[p];
        for (int p = 5; p >= 1; --p) slope = slope * argument + p * real(a[p]);
        if (beyond != 0) {
            if (table.linear_extrapolation) value += slope * beyond;
            else slope = 0;
        }
        out.value.push_back(value);
        out.slope.push_back(slope);
    }
    return out;
}

/// Energy of a fitting net and its gradient with respect to every input.
inline std::pair<real, std::vector<real>> fit(const Network& network, std::vector<real> x) {
    std::vector<LayerOutcome> steps;
    for (const Layer& layer : network.layers) {
        steps.push_back(run_layer(layer, x));
        x = steps.back().y;
    }
    std::vector<real> gradient(x.size(), 0);
    gradient[0] = 1;
    for (std::size_t l = steps.size(); l-- > 0;) {
        std::vector<real> back(steps[l].jacobian.size(), 0);
        for (std::size_t k = 0; k < back.size(); ++k)
            for (std::size_t c = 0; c < gradient.size(); ++c) back[k] += steps[l].jacobian[k][c] * gradient[c];
        gradient = back;
    }
    return {x[0], gradient};
}

}  // namespace dpmd::reference
