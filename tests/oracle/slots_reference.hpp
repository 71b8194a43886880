#pragma once
// What an atom of a local model sees, slowly and clearly: the slots of its neighbours, one after the other.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "models/local/local_model.hpp"
#include "oracle/nets_reference.hpp"

namespace dpmd::reference {

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

using RowGradient = std::array<real, 4>;  ///< dE/drow of a normalised row

/// A slot of an atom, and what it shows.
struct Slot {
    int type = 0;              ///< of its neighbours
    real row[4] = {};          ///< normalised
    Channels channels;         ///< of the network, where there is one for each slot
    std::optional<Bond> bond;  ///< to the neighbour that the row belongs to; none: the row is a constant
    Row environment{};         ///< of the bond
};

/// A slot whose row is filled in gets its channels.
template <class One>
void embed_slot(const One& descriptor, int ti, Slot& slot) {
    if constexpr (std::is_same_v<std::decay_t<decltype(descriptor.embedding)>, EmbeddingNets>)
        slot.channels = embed(*descriptor.embedding.at(ti, slot.type), slot.row[0]);
}

/// The slots that count of an atom of type ti with these neighbours, nearest first. Excluded neighbours show a row of
/// zeros, if anything.
template <class One>
std::vector<Slot> slots_of(const TypePairs& pair_exclude_types, const One& descriptor, const System& system, int ti,
                           std::vector<Bond> bonds) {
    const Environment& environment = descriptor.environment;
    const int n_components = environment.n_components;
    const auto normalized = [&](int k, real value) {
        const auto at = std::size_t(n_components * ti + k);
        return (value - real(environment.shift[at])) / real(environment.scale[at]);
    };
    std::size_t n_slots = 0;
    for (const int sel : environment.sel) n_slots += std::size_t(sel);
    if (environment.slot_order == SlotOrder::all_types && n_slots > 0 && bonds.size() > n_slots) bonds.resize(n_slots);

    std::vector<Slot> out;
    for (int tj = 0; tj < environment.n_types(); ++tj) {
        const int sel = environment.sel[std::size_t(tj)];
        const bool excluded = excludes(environment.exclude_types, ti, tj);
        const bool counts =
            descriptor.has_network(ti, tj) && (!excluded || environment.excluded_slots != ExcludedSlots::drop);
        int n_real = 0;
        for (const Bond& bond : bonds) {
            if (system.types[std::size_t(bond.atom)] != tj || n_real == sel || excludes(pair_exclude_types, ti, tj))
                continue;
            ++n_real;
            if (!counts) continue;
            Slot& slot = out.emplace_back();
            slot.type = tj;
            if (!excluded) {
                slot.bond = bond;
                slot.environment = environment_row(environment, bond);
                for (int k = 0; k < n_components; ++k) slot.row[k] = normalized(k, slot.environment.value[k]);
            }
            embed_slot(descriptor, ti, slot);
        }
        if (!counts) continue;
        Slot empty;
        empty.type = tj;
        if (!excluded || environment.excluded_slots == ExcludedSlots::keep)
            for (int k = 0; k < n_components; ++k) empty.row[k] = normalized(k, 0);
        embed_slot(descriptor, ti, empty);
        out.insert(out.end(), std::size_t(sel - n_real), empty);
    }
    return out;
}

}  // namespace dpmd::reference
