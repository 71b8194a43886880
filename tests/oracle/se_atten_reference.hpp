#pragma once
// DPA-1, slowly and clearly: every slot of an atom is a row of its own, and derivatives come from dual numbers, one
// pass for each coordinate of each neighbour (docs/theory.md).
#include <algorithm>
#include <cmath>
#include <vector>

#include "models/local/se_atten.hpp"
#include "oracle/dual_numbers.hpp"
#include "oracle/slots_reference.hpp"

namespace dpmd::reference {

inline Duals run_network(const Network& network, Duals x) {
    if (network.table) {
        const Channels at = embed(network, x.front().value);
        Duals out;
        for (std::size_t c = 0; c < at.value.size(); ++c) out.push_back({at.value[c], at.slope[c] * x.front().slope});
        return out;
    }
    for (const Layer& layer : network.layers) {
        const auto n_in = std::size_t(layer.n_in), n_out = std::size_t(layer.n_out);
        Duals y(n_out);
        for (std::size_t c = 0; c < n_out; ++c) {
            Dual z = layer.bias.empty() ? Dual() : Dual(layer.bias[c]);
            for (std::size_t k = 0; k < n_in; ++k) z = z + x[k] * Dual(layer.weight[k * n_out + c]);
            const Function f = activate(layer, z.value);
            y[c] = Dual(f.value, f.slope * z.slope) * Dual(layer.timestep.empty() ? 1 : layer.timestep[c]);
        }
        for (std::size_t k = 0; k < n_in && layer.skip != Skip::none; ++k) {
            y[k] = y[k] + x[k];
            if (layer.skip == Skip::twice) y[n_in + k] = y[n_in + k] + x[k];
        }
        x = y;
    }
    return x;
}

/// A slot: a neighbour, an excluded one, or nothing.
struct AttenSlot {
    enum class Kind { neighbor, excluded, empty } kind = Kind::empty;
    int type = 0;  ///< in the type embedding
    Bond bond{};
};

/// What an atom of a type sees. `first_type` is that of the first atom of the system.
struct AttenSeen {
    int center = 0;
    std::vector<AttenSlot> slots;
};

inline AttenSeen see(const NetTerm& term, const SeAtten& descriptor, const System& system, std::size_t i) {
    const Environment& environment = descriptor.environment;
    AttenSeen out;
    out.center = system.types[i];
    std::vector<Bond> bonds = bonds_of(system, static_cast<int>(i), environment.cutoff);
    std::erase_if(bonds, [&](const Bond& bond) { return system.types[std::size_t(bond.atom)] < 0; });
    std::sort(bonds.begin(), bonds.end(), [](const Bond& a, const Bond& b) { return a.r < b.r; });
    const auto take = [&](int type, std::size_t n_slots, int empty_type, bool has_empty) {
        std::size_t n_taken = 0, n_visible = 0;
        for (const Bond& bond : bonds) {
            const int tj = system.types[std::size_t(bond.atom)];
            if ((type >= 0 && tj != type) || n_taken == n_slots) continue;
            ++n_taken;
            if (excludes(term.pair_exclude_types, out.center, tj)) continue;
            ++n_visible;
            const bool excluded = excludes(environment.exclude_types, out.center, tj);
            out.slots.push_back({excluded ? AttenSlot::Kind::excluded : AttenSlot::Kind::neighbor, tj, bond});
        }
        if (descriptor.empty_slots == SeAtten::EmptySlots::none || !has_empty) return;
        out.slots.insert(out.slots.end(), n_slots - n_visible, {AttenSlot::Kind::empty, empty_type, {}});
    };
    const int first_type = system.types.empty() ? 0 : std::max(system.types.front(), std::int32_t(0));
    const int empty_type =
        descriptor.empty_slots == SeAtten::EmptySlots::first_atom ? first_type : descriptor.n_types();
    switch (environment.slot_order) {
        case SlotOrder::mixed: take(-1, std::size_t(environment.sel.front()), empty_type, true); break;
        case SlotOrder::unlimited: take(-1, bonds.size(), empty_type, true); break;
        default:
            for (int t = 0; t < descriptor.n_types(); ++t) {
                const bool is_dropped = excludes(environment.exclude_types, out.center, t) &&
                                        environment.excluded_slots == ExcludedSlots::drop;
                const bool is_section = descriptor.empty_slots == SeAtten::EmptySlots::section;
                take(t, std::size_t(environment.sel[std::size_t(t)]), is_section ? t : empty_type, !is_dropped);
            }
    }
    return out;
}

/// A row with everything that the layers ask of it.
struct AttenRow {
    Duals row = Duals(4), harmonics, g;
    Dual weight, direction[3];
    bool attends = false;
};

/// Real harmonics of degree l at a vector, by m, from their definition by polynomials.
inline Duals harmonics_of(int l, const Dual u[3]) {
    const Dual x = u[0], y = u[1], z = u[2], xx = x * x, yy = y * y, zz = z * z, q = xx + yy + zz;
    const auto c = [](real value) { return Dual(value); };
    const auto root = [](real value) { return Dual(std::sqrt(value)); };
    if (l == 2)
        return {root(3) * x * y, root(3) * y * z, (c(3) * zz - q) / c(2), root(3) * x * z, root(3) / c(2) * (xx - yy)};
    if (l == 3)
        return {root(real(5) / 8) * y * (c(3) * xx - yy), root(15) * x * y * z,
                root(real(3) / 8) * y * (c(5) * zz - q),  z * (c(5) * zz - c(3) * q) / c(2),
                root(real(3) / 8) * x * (c(5) * zz - q),  root(15) / c(2) * z * (xx - yy),
                root(real(5) / 8) * x * (xx - c(3) * yy)};
    return {root(35) / c(2) * x * y * (xx - yy),
            root(70) / c(4) * y * z * (c(3) * xx - yy),
            root(5) / c(2) * x * y * (c(7) * zz - q),
            root(10) / c(4) * y * z * (c(7) * zz - c(3) * q),
            (c(35) * zz * zz - c(30) * zz * q + c(3) * q * q) / c(8),
            root(10) / c(4) * x * z * (c(7) * zz - c(3) * q),
            root(5) / c(4) * (xx - yy) * (c(7) * zz - q),
            root(70) / c(4) * x * z * (xx - c(3) * yy),
            root(35) / c(8) * (xx * xx - c(6) * xx * yy + yy * yy)};
}

inline AttenRow row_of(const SeAtten& descriptor, int center, const AttenSlot& slot, int derivative) {
    const Environment& environment = descriptor.environment;
    AttenRow out;
    out.harmonics.resize(std::size_t((descriptor.lmax() + 1) * (descriptor.lmax() + 1) - 4));
    const real shift = environment.shift_of(center), scale = environment.scale_of(center);
    if (slot.kind == AttenSlot::Kind::empty) out.row[0] = Dual(-shift / scale);
    if (slot.kind == AttenSlot::Kind::excluded && descriptor.excluded_rows == SeAtten::ExcludedRows::shift)
        out.row.assign(4, Dual(shift));
    if (slot.kind != AttenSlot::Kind::neighbor) return out;
    out.attends = true;
    const Row plain = environment_row(environment, slot.bond);
    const auto dual = [&](int k) { return Dual(plain.value[k], derivative < 0 ? 0 : plain.slope[k][derivative]); };
    for (int k = 0; k < 4; ++k)
        out.row[std::size_t(k)] =
            (dual(k) - Dual(environment.shift_of(center, k))) / Dual(environment.scale_of(center, k));
    const Dual r(slot.bond.r, derivative < 0 ? 0 : slot.bond.d[derivative] / slot.bond.r);
    const Dual reach = r + Dual(environment.protection);
    if (descriptor.switch_kind == SeAtten::Switch::cubic) {
        const Dual x = Dual(1) - Dual(environment.cutoff_smooth) * dual(0);
        out.weight = x.value > 0 ? Dual(1) - x * x * x : Dual(1);
    } else {
        out.weight = dual(0) * reach;
    }
    Dual square;
    for (std::size_t b = 1; b < 4; ++b) square = square + out.row[b] * out.row[b];
    for (std::size_t b = 0; b < 3; ++b)
        if (square.value > 0) out.direction[b] = out.row[1 + b] / sqrt_of(square);
    Dual u[3];
    for (int b = 0; b < 3; ++b) u[b] = Dual(slot.bond.d[b], b == derivative ? 1 : 0) / reach;
    std::size_t place = 0;
    for (int l = 2; l <= descriptor.lmax(); ++l)
        for (const Dual& y : harmonics_of(l, u)) out.harmonics[place++] = dual(0) / Dual(scale) * y;
    return out;
}

/// G of a row before attention.
inline Duals embed_row(const SeAtten& descriptor, int center, int type, const AttenRow& row) {
    Duals types;
    const auto append = [&](int t) {
        for (int c = 0; c < descriptor.type_width; ++c) types.push_back(Dual(descriptor.embedding_of_type(t)[c]));
    };
    append(type);
    if (!descriptor.type_one_side) append(center);
    Duals x{row.row[0]};
    if (descriptor.type_input == SeAtten::TypeInput::concat) {
        x.insert(x.end(), types.begin(), types.end());
        return run_network(descriptor.network, x);
    }
    Duals g = run_network(descriptor.network, x), t;
    if (descriptor.type_network) t = run_network(*descriptor.type_network, types);
    const auto n = g.size(), n_all = std::size_t(descriptor.n_types() + 1);
    const std::size_t at = (descriptor.type_one_side ? 0 : std::size_t(center) * n_all) + std::size_t(type);
    for (std::size_t c = 0; c < n && !descriptor.type_network; ++c)
        t.push_back(Dual(descriptor.type_factors[at * n + c]));
    for (std::size_t c = 0; c < n; ++c) g[c] = g[c] * (Dual(1) + t[c] * (descriptor.smooth ? row.weight : Dual(1)));
    return g;
}

inline void attend(const SeAtten& descriptor, const AttentionLayer& layer, std::vector<AttenRow>& rows) {
    const auto n_hidden = std::size_t(layer.n_hidden), n_channels = std::size_t(layer.n_channels);
    std::vector<Duals> heads;  // query, key, value of each row
    for (const AttenRow& row : rows) {
        Duals h(3 * n_hidden);
        for (std::size_t k = 0; k < 3 * n_hidden; ++k) {
            h[k] = Dual(layer.in_bias[k]);
            for (std::size_t c = 0; c < n_channels; ++c)
                h[k] = h[k] + row.g[c] * Dual(layer.in_weight[c * 3 * n_hidden + k]);
        }
        for (std::size_t part = 0; part < 3 && layer.normalize; ++part) {
            Dual square;
            for (std::size_t k = 0; k < n_hidden; ++k)
                square = square + h[part * n_hidden + k] * h[part * n_hidden + k];
            for (std::size_t k = 0; k < n_hidden; ++k)
                h[part * n_hidden + k] = h[part * n_hidden + k] / sqrt_of(square);
        }
        heads.push_back(h);
    }
    for (std::size_t q = 0; q < rows.size(); ++q) {
        Duals exponentials(rows.size()), mixed(n_hidden);
        Dual total;
        for (std::size_t k = 0; k < rows.size(); ++k) {
            if (!rows[k].attends && !descriptor.smooth) continue;
            Dual logit;
            for (std::size_t h = 0; h < n_hidden; ++h) logit = logit + heads[q][h] * heads[k][n_hidden + h];
            logit = logit * Dual(layer.scale);
            if (descriptor.smooth) logit = (logit + Dual(20)) * rows[q].weight * rows[k].weight - Dual(20);
            exponentials[k] = exp_of(logit);
            total = total + exponentials[k];
        }
        for (std::size_t k = 0; k < rows.size() && rows[q].attends; ++k) {
            if (!rows[k].attends || (layer.masks_diagonal && q == k)) continue;
            Dual weight = exponentials[k] / total;
            if (descriptor.smooth) weight = weight * rows[q].weight * rows[k].weight;
            Dual cosine;
            for (int b = 0; b < 3; ++b) cosine = cosine + rows[q].direction[b] * rows[k].direction[b];
            if (layer.dot_directions) weight = weight * cosine;
            for (std::size_t h = 0; h < n_hidden; ++h) mixed[h] = mixed[h] + weight * heads[k][2 * n_hidden + h];
        }
        Dual mean, variance;
        for (std::size_t c = 0; c < n_channels; ++c) {
            Dual update = Dual(layer.out_bias[c]);
            for (std::size_t h = 0; h < n_hidden; ++h)
                update = update + mixed[h] * Dual(layer.out_weight[h * n_channels + c]);
            rows[q].g[c] = rows[q].g[c] + update;
            mean = mean + rows[q].g[c] / Dual(real(n_channels));
        }
        for (const Dual& g : rows[q].g) variance = variance + (g - mean) * (g - mean) / Dual(real(n_channels));
        for (std::size_t c = 0; c < n_channels; ++c)
            rows[q].g[c] =
                (rows[q].g[c] - mean) / sqrt_of(variance + Dual(layer.norm_epsilon)) * Dual(layer.norm_scale[c]) +
                Dual(layer.norm_shift[c]);
    }
}

/// The features, and their derivatives along coordinate `derivative` of the neighbour in slot `moving`.
inline Duals features_of(const SeAtten& descriptor, const AttenSeen& seen, std::size_t moving, int derivative) {
    std::vector<AttenRow> rows;
    for (std::size_t k = 0; k < seen.slots.size(); ++k) {
        rows.push_back(row_of(descriptor, seen.center, seen.slots[k], k == moving ? derivative : -1));
        rows.back().g = embed_row(descriptor, seen.center, seen.slots[k].type, rows.back());
    }
    for (const AttentionLayer& layer : descriptor.attention) attend(descriptor, layer, rows);
    const auto n_channels = std::size_t(descriptor.n_channels());
    const auto n_moments = std::size_t((descriptor.lmax() + 1) * (descriptor.lmax() + 1));
    std::vector<Duals> moments(n_moments, Duals(n_channels));
    for (const AttenRow& row : rows)
        for (std::size_t k = 0; k < n_moments; ++k)
            for (std::size_t c = 0; c < n_channels; ++c)
                moments[k][c] = moments[k][c] + (k < 4 ? row.row[k] : row.harmonics[k - 4]) * row.g[c] /
                                                    Dual(descriptor.environment.normalization);
    Duals out;
    for (std::size_t a = 0; a < n_channels; ++a)
        for (std::size_t b = 0; b < std::size_t(descriptor.axis_neuron); ++b) {
            Dual sum;
            for (std::size_t k = 0; k < n_moments; ++k) {
                const double gain = k < 4 ? 1 : descriptor.degree_gain[k < 9 ? 0 : k < 16 ? 1 : 2];
                sum = sum + moments[k][a] * moments[k][b] * Dual(real(gain) * real(gain));
            }
            out.push_back(sum);
        }
    for (int c = 0; c < descriptor.type_width && descriptor.output_type_embedding; ++c)
        out.push_back(Dual(descriptor.embedding_of_type(seen.center)[c]));
    return out;
}

inline std::vector<real> features_of(const SeAtten& descriptor, const AttenSeen& seen) {
    std::vector<real> out;
    for (const Dual& feature : features_of(descriptor, seen, 0, -1)) out.push_back(feature.value);
    return out;
}

}  // namespace dpmd::reference
