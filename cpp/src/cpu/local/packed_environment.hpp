#pragma once
// How the tiles of a model turn an atom's neighbours into environment rows, independent of its descriptors.
#include <vector>

#include "math/switch_function.hpp"
#include "models/local/descriptors.hpp"

namespace dpmd::cpu {

struct PackedEnvironment {
    /// The environment for one centre type.
    struct Center {
        double shift[4] = {}, inverse_scale[4] = {};  ///< normalise the environment row: (R - davg) / dstd
        std::vector<SectionRule> sections;            ///< [n_types] by neighbour type

        bool operator==(const Center& other) const = default;
    };

    int n_types = 0;
    int n_components = 4;  ///< components of a row, 4 or 1; 0: distances alone
    SwitchRange range{};
    double protection = 0;
    SlotOrder slot_order = SlotOrder::by_type;
    int n_slots = 0;              ///< how many neighbours of all types may be seen
    std::vector<Center> centers;  ///< [n_types]
    int first_descriptor = 0;     ///< the first that sees it, counted over the terms of the model, pair tables last

    PackedEnvironment() = default;
    /// What a descriptor sees.
    PackedEnvironment(const Descriptor& seen_by, const TypePairs& pair_exclude_types);

    /// Whether the rows of the two differ only in their normalisation, so that tiles can be shared.
    bool sees_like(const PackedEnvironment& other) const;
    /// Whether the rows of the two are the same.
    bool gives_rows_of(const PackedEnvironment& other) const { return sees_like(other) && centers == other.centers; }
};

}  // namespace dpmd::cpu
