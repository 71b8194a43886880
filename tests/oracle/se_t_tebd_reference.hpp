#pragma once
// se_e3_tebd, slowly and clearly: a sum over all ordered pairs of neighbours, each with itself too (docs/theory.md).
#include <algorithm>
#include <array>
#include <vector>

#include "models/local/se_t_tebd.hpp"
#include "oracle/se_atten_reference.hpp"
#include "oracle/slots_reference.hpp"

namespace dpmd::reference {

/// A neighbour that is not excluded.
struct TebdNeighbor {
    Bond bond;
    int type = 0;
    real direction[3], direction_slope[3][3];  ///< of the normalised row, and by the difference
    real weight, weight_slope[3];              ///< the switch
};

struct TebdSeen {
    int center = 0;
    std::vector<TebdNeighbor> neighbors;
};

inline TebdNeighbor neighbor_of(const Environment& environment, int center, int type, const Bond& bond) {
    const Row row = environment_row(environment, bond);
    const real reach = bond.r + real(environment.protection);
    TebdNeighbor out{bond, type, {}, {}, row.value[0] * reach, {}};
    for (int a = 0; a < 3; ++a) {
        out.weight_slope[a] = row.slope[0][a] * reach + row.value[0] * bond.d[a] / bond.r;
        for (int c = 0; c < 3; ++c)
            out.direction_slope[c][a] = row.slope[1 + c][a] / environment.scale_of(center, 1 + c);
        out.direction[a] = row.value[1 + a] / environment.scale_of(center, 1 + a);
    }
    return out;
}

/// The neighbours that have slots. Where types share them, those of excluded pairs take some, too.
inline std::vector<Bond> slotted(const NetTerm& term, const Environment& environment, const System& system, int center,
                                 std::vector<Bond> bonds) {
    const auto n_slots = std::size_t(environment.n_slots());
    const auto type_of = [&](const Bond& bond) { return system.types[std::size_t(bond.atom)]; };
    std::erase_if(bonds, [&](const Bond& bond) { return type_of(bond) < 0; });
    std::sort(bonds.begin(), bonds.end(), [](const Bond& a, const Bond& b) { return a.r < b.r; });
    if (environment.slot_order != SlotOrder::by_type && bonds.size() > n_slots) bonds.resize(n_slots);
    std::erase_if(bonds, [&](const Bond& bond) { return excludes(term.pair_exclude_types, center, type_of(bond)); });
    if (environment.slot_order == SlotOrder::mixed) return bonds;
    std::vector<int> left = environment.sel;
    std::erase_if(bonds, [&](const Bond& bond) { return left[std::size_t(type_of(bond))]-- <= 0; });
    return bonds;
}

inline TebdSeen see(const NetTerm& term, const SeTTebd& descriptor, const System& system, std::size_t i) {
    const Environment& environment = descriptor.environment;
    TebdSeen out{system.types[i], {}};
    for (const Bond& bond :
         slotted(term, environment, system, out.center, bonds_of(system, static_cast<int>(i), environment.cutoff))) {
        const int type = system.types[std::size_t(bond.atom)];
        if (!excludes(environment.exclude_types, out.center, type))
            out.neighbors.push_back(neighbor_of(environment, out.center, type, bond));
    }
    return out;
}

/// What a pair of neighbours adds to the features, and its derivatives by theta and by w_j w_k.
struct TebdPair {
    std::vector<real> value, by_theta, by_weights;
};

inline TebdPair pair_of(const SeTTebd& descriptor, const TebdNeighbor& j, const TebdNeighbor& k) {
    real theta = 0;
    for (int c = 0; c < 3; ++c) theta += j.direction[c] * k.direction[c];
    Duals types;
    for (const int type : {j.type, k.type})
        for (int c = 0; c < descriptor.type_width; ++c) types.push_back(Dual(descriptor.embedding_of_type(type)[c]));
    const bool is_strip = descriptor.type_input == TypedNetwork::TypeInput::strip;
    Duals x{Dual(theta, 1)}, t;
    if (!is_strip) x.insert(x.end(), types.begin(), types.end());
    const Duals n = run_network(descriptor.network, x);
    if (descriptor.type_network) t = run_network(*descriptor.type_network, types);
    const auto n_all = std::size_t(descriptor.environment.n_types() + 1);
    const real factor = 1 / (real(descriptor.environment.normalization) * descriptor.environment.normalization);
    const real weights = descriptor.smooth ? j.weight * k.weight : 1;
    TebdPair out;
    for (std::size_t c = 0; c < n.size(); ++c) {
        real f = 0;
        if (is_strip)
            f = descriptor.type_network
                    ? t[c].value
                    : descriptor.type_factors[(std::size_t(k.type) * n_all + std::size_t(j.type)) * n.size() + c];
        const real of_types = 1 + f * weights;
        out.value.push_back(factor * theta * n[c].value * of_types);
        out.by_theta.push_back(factor * (n[c].value + theta * n[c].slope) * of_types);
        out.by_weights.push_back(is_strip && descriptor.smooth ? factor * theta * n[c].value * f : 0);
    }
    return out;
}

inline std::vector<real> features_of(const SeTTebd& descriptor, const TebdSeen& seen) {
    std::vector<real> out(std::size_t(descriptor.n_channels()), 0);
    for (const TebdNeighbor& j : seen.neighbors)
        for (const TebdNeighbor& k : seen.neighbors) {
            const TebdPair pair = pair_of(descriptor, j, k);
            for (std::size_t c = 0; c < out.size(); ++c) out[c] += pair.value[c];
        }
    for (int c = 0; c < descriptor.type_width && descriptor.output_type_embedding; ++c)
        out.push_back(descriptor.embedding_of_type(seen.center)[c]);
    return out;
}

/// dE/d(difference) of every neighbour from dE/dfeatures.
inline std::vector<std::array<real, 3>> gradients_of(const SeTTebd& descriptor, const TebdSeen& seen,
                                                     const std::vector<real>& d_features) {
    std::vector<std::array<real, 3>> out(seen.neighbors.size(), std::array<real, 3>{});
    for (std::size_t a = 0; a < out.size(); ++a)
        for (std::size_t b = 0; b < out.size(); ++b) {
            const TebdNeighbor &j = seen.neighbors[a], &k = seen.neighbors[b];
            const TebdPair pair = pair_of(descriptor, j, k);
            real by_theta = 0, by_weights = 0;
            for (std::size_t c = 0; c < pair.value.size(); ++c) {
                by_theta += d_features[c] * pair.by_theta[c];
                by_weights += d_features[c] * pair.by_weights[c];
            }
            for (std::size_t x = 0; x < 3; ++x) {
                for (int c = 0; c < 3; ++c) {
                    out[a][x] += by_theta * k.direction[c] * j.direction_slope[c][x];
                    out[b][x] += by_theta * j.direction[c] * k.direction_slope[c][x];
                }
                out[a][x] += by_weights * k.weight * j.weight_slope[x];
                out[b][x] += by_weights * j.weight * k.weight_slope[x];
            }
        }
    return out;
}

}  // namespace dpmd::reference
