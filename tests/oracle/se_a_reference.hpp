#pragma once
// se_e2_a, slowly and clearly: one atom after the other, one neighbour after the other, in long double, from the
// formulas of Zhang et al. (NeurIPS 2018, DeepPot-SE) and docs/model-format.md. Shares no code with the engine but the
// ModelData.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include "models/model_data.hpp"
#include "oracle/pairs_reference.hpp"

namespace dpmd::reference {

struct Parameters {
    std::vector<double> fparam;  ///< [n_fparam]
    std::vector<double> aparam;  ///< [n][n_aparam]
};

struct Outcome {
    real energy = 0;
    real virial[9] = {};
    std::vector<real> atom_energies, forces, atom_virials;  ///< [n], [n][3], [n][9]
    int most_neighbors = 0;                                 ///< of any atom: bounds the terms of a fixed-point sum
};

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
    int row = 0;
    real argument = 0, beyond = 0;
    if (s < table.lower) {
        beyond = s - real(table.lower);
    } else if (s < table.upper) {
        row = std::min(static_cast<int>((s - real(table.lower)) / real(table.stride0)), n_fine - 1);
        argument = s - (real(table.lower) + row * real(table.stride0));
    } else if (s < table.max) {
        const int step = std::min(static_cast<int>((s - real(table.upper)) / real(table.stride1)), n_coarse - 1);
        row = n_fine + step;
        argument = s - (real(table.upper) + step * real(table.stride1));
    } else {
        row = n_fine + n_coarse - 1;
        beyond = s - real(table.max);
        if (table.linear_extrapolation)
            argument = real(table.max) - (real(table.upper) + (n_coarse - 1) * real(table.stride1));
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

/// The environment row of a bond, and its derivative with respect to d, before normalisation.
struct Row {
    real value[4], slope[4][3];
};

inline Row environment_row(const Environment& environment, const Bond& bond) {
    real smooth = environment.cutoff_smooth, cutoff = environment.cutoff, width = cutoff - smooth;
    if (environment.single_precision_cutoff) {
        const auto rs = static_cast<float>(environment.cutoff_smooth), rc = static_cast<float>(environment.cutoff);
        smooth = rs;
        cutoff = rc;
        width = static_cast<float>(rc - rs);
    } else {
        width = environment.cutoff - environment.cutoff_smooth;
    }
    real w = 1, w_slope = 0;
    if (bond.r >= cutoff) {
        w = 0;
    } else if (bond.r >= smooth) {
        const real u = (bond.r - smooth) / width, v = 1 - u;
        w = v * v * v * (1 + 3 * u + 6 * u * u);
        w_slope = -30 * u * u * v * v / width;
    }
    const real q = 1 / (bond.r + real(environment.protection));
    Row row{};
    row.value[0] = w * q;
    for (int b = 0; b < 3; ++b) {
        const real unit = bond.d[b] / bond.r;
        row.slope[0][b] = (w_slope * q - w * q * q) * unit;
        for (int a = 0; a < 3; ++a)
            row.slope[1 + a][b] =
                (a == b ? w * q * q : real(0)) + bond.d[a] * (w_slope * q * q - 2 * w * q * q * q) * unit;
        row.value[1 + b] = w * q * q * bond.d[b];
    }
    return row;
}

inline bool excludes(const std::vector<std::pair<int, int>>& pairs, int a, int b) {
    return std::any_of(pairs.begin(), pairs.end(), [&](const auto& p) {
        return (p.first == a && p.second == b) || (p.first == b && p.second == a);
    });
}

/// Everything a model says about a system. Neighbours beyond sel: the nearest count.
inline Outcome evaluate(const ModelData& model, const System& system, const Parameters& parameters = {}) {
    const LocalModel& local = model.local();
    const NetTerm& net_term = local.terms.front();
    const SeA& descriptor = std::get<SeA>(net_term.descriptors.front());
    const Environment& environment = descriptor.environment;
    const Fitting& fitting = net_term.fitting;
    const auto n = std::size_t(system.n());
    Outcome out;
    out.atom_energies.assign(n, 0);
    out.forces.assign(3 * n, 0);
    out.atom_virials.assign(9 * n, 0);
    std::size_t n_channels = 0;
    for (const auto& row : descriptor.embedding.nets)
        for (const auto& network : row)
            if (network) n_channels = std::size_t(network->n_out());
    const auto n_axis = std::size_t(descriptor.axis_neuron);

    for (std::size_t i = 0; i < n; ++i) {
        const int ti = system.types[i];
        if (ti < 0 || std::count(local.atom_exclude_types.begin(), local.atom_exclude_types.end(), ti) > 0) continue;
        const double* shift = environment.shift.data() + 4 * ti;
        const double* scale = environment.scale.data() + 4 * ti;
        std::vector<Bond> bonds = bonds_of(system, static_cast<int>(i), environment.cutoff);
        std::sort(bonds.begin(), bonds.end(), [](const Bond& a, const Bond& b) { return a.r < b.r; });

        const auto n_slots = std::size_t(std::accumulate(environment.sel.begin(), environment.sel.end(), 0));
        if (environment.overflow_all_types_first && n_slots > 0 && bonds.size() > n_slots) bonds.resize(n_slots);

        // moments A [4][channels], with one term per real neighbour and one per empty slot
        struct Term {
            Bond bond;
            Row row;
            real normalized[4];
            Channels channels;
        };
        std::vector<Term> terms;
        std::vector<real> moments(4 * n_channels, 0);
        const real inverse_n = 1 / real(environment.normalization);
        for (int tj = 0; tj < model.n_types(); ++tj) {
            const int sel = environment.sel[std::size_t(tj)];
            const bool excluded = excludes(environment.exclude_types, ti, tj);
            int n_real = 0;
            if (sel > 0 && !excludes(local.pair_exclude_types, ti, tj))
                for (const Bond& bond : bonds) {
                    if (system.types[std::size_t(bond.atom)] != tj || n_real == sel) continue;
                    ++n_real;
                    if (excluded || !descriptor.embedding.at(ti, tj)) continue;
                    Term term{bond, environment_row(environment, bond), {}, {}};
                    for (int k = 0; k < 4; ++k)
                        term.normalized[k] = (term.row.value[k] - real(shift[k])) / real(scale[k]);
                    term.channels = embed(*descriptor.embedding.at(ti, tj), term.normalized[0]);
                    for (std::size_t k = 0; k < 4; ++k)
                        for (std::size_t m = 0; m < n_channels; ++m)
                            moments[k * n_channels + m] += inverse_n * term.normalized[k] * term.channels.value[m];
                    terms.push_back(term);
                }
            if (!descriptor.embedding.at(ti, tj) || (excluded && environment.excluded_slots == ExcludedSlots::drop)) continue;
            const Channels empty = embed(*descriptor.embedding.at(ti, tj), -real(shift[0]) / real(scale[0]));
            for (int slot = n_real; slot < sel; ++slot)
                for (std::size_t k = 0; k < 4; ++k)
                    for (std::size_t m = 0; m < n_channels; ++m)
                        moments[k * n_channels + m] += inverse_n * (-real(shift[k]) / real(scale[k])) * empty.value[m];
        }
        out.most_neighbors = std::max(out.most_neighbors, static_cast<int>(terms.size()));

        // descriptor, energy
        std::vector<real> x;
        for (std::size_t a = 0; a < n_channels; ++a)
            for (std::size_t b = 0; b < n_axis; ++b) {
                real sum = 0;
                for (std::size_t k = 0; k < 4; ++k) sum += moments[k * n_channels + a] * moments[k * n_channels + b];
                x.push_back(sum);
            }
        const std::size_t n_descriptor = x.size();
        for (std::size_t k = 0; k < parameters.fparam.size(); ++k)
            x.push_back((real(parameters.fparam[k]) - real(fitting.fparam_shift[k])) * real(fitting.fparam_scale[k]));
        for (std::size_t k = 0; k < std::size_t(fitting.n_aparam); ++k)
            x.push_back(
                (real(parameters.aparam[i * std::size_t(fitting.n_aparam) + k]) - real(fitting.aparam_shift[k])) *
                real(fitting.aparam_scale[k]));
        for (const double value : fitting.case_embedding) x.push_back(value);
        const auto [network_energy, dx] = fit(fitting.networks[std::size_t(ti)], x);
        real energy = network_energy + real(fitting.energy_shift[std::size_t(ti)]);
        if (fitting.subtract_vacuum[std::size_t(ti)]) {
            std::fill_n(x.begin(), n_descriptor, real(0));
            energy -= fit(fitting.networks[std::size_t(ti)], x).first;
        }
        out.atom_energies[i] = energy;
        out.energy += energy;

        // dE/dA, then one bond after the other
        std::vector<real> d_moments(4 * n_channels, 0);
        for (std::size_t k = 0; k < 4; ++k)
            for (std::size_t a = 0; a < n_channels; ++a)
                for (std::size_t b = 0; b < n_axis; ++b) {
                    d_moments[k * n_channels + a] += dx[a * n_axis + b] * moments[k * n_channels + b];
                    d_moments[k * n_channels + b] += dx[a * n_axis + b] * moments[k * n_channels + a];
                }
        for (const Term& term : terms) {
            real d_row[4] = {};
            for (std::size_t k = 0; k < 4; ++k)
                for (std::size_t m = 0; m < n_channels; ++m) {
                    d_row[k] += inverse_n * d_moments[k * n_channels + m] * term.channels.value[m];
                    d_row[0] += inverse_n * d_moments[k * n_channels + m] * term.normalized[k] * term.channels.slope[m];
                }
            const auto j = std::size_t(term.bond.atom);
            for (std::size_t a = 0; a < 3; ++a) {
                real g = 0;  // dE_i / d d_a
                for (std::size_t k = 0; k < 4; ++k) g += d_row[k] / real(scale[k]) * term.row.slope[k][a];
                out.forces[3 * j + a] -= g;
                out.forces[3 * i + a] += g;
                for (std::size_t b = 0; b < 3; ++b) {
                    out.atom_virials[9 * j + 3 * a + b] -= g * term.bond.d[b];
                    out.virial[3 * a + b] -= g * term.bond.d[b];
                }
            }
        }
    }
    return out;
}

}  // namespace dpmd::reference
