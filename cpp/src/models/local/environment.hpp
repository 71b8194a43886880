#pragma once
// What a Deep Potential sees of a neighbour: the cutoff and its switch, the slots of each type, and the normalisation
// of environment rows. Descriptors of several kinds share it.
#include <vector>

#include "math/switch_function.hpp"
#include "models/type_pairs.hpp"

namespace dpmd {

/// How the slots of excluded pairs are seen.
enum class ExcludedSlots {
    drop,  ///< not at all
    keep,  ///< neighbours as rows of zeros, empty slots as ever
    zero,  ///< neighbours and empty slots as rows of zeros
};

/// Which neighbours of an atom have slots, where there are more than sel.
enum class SlotOrder {
    by_type,    ///< the nearest sel of each type
    all_types,  ///< first the nearest sum(sel) of all types, then of those the nearest sel of each type
    mixed,      ///< the nearest sel of all types, which share their slots
    unlimited,  ///< all: neighbours need no slots
};

struct Environment {
    double cutoff = 0, cutoff_smooth = 0;  ///< Å
    bool single_precision_cutoff = false;  ///< round rc, rs and rc - rs to float32, as TensorFlow models do
    double protection = 0;                 ///< added to r in the denominators of a row, Å
    int n_components = 4;                  ///< 4: s and the direction; 1: s alone
    SlotOrder slot_order = SlotOrder::by_type;
    /// [n_types] slots by neighbour type, 0: such neighbours are ignored; mixed: one number; unlimited: none.
    std::vector<int> sel;
    int normalization = 0;             ///< N of 1/N
    std::vector<double> shift, scale;  ///< davg and dstd, [n_types][n_components], by centre type
    TypePairs exclude_types;           ///< pairs of centre and neighbour types that have no rows
    ExcludedSlots excluded_slots = ExcludedSlots::drop;

    int n_types() const { return static_cast<int>(scale.size()) / n_components; }
    /// How many neighbours of a type may be seen.
    int sel_of(int neighbor) const;
    /// How many neighbours of all types may be seen.
    int n_slots() const;
    double shift_of(int center, int component = 0) const { return shift[place(center, component)]; }
    double scale_of(int center, int component = 0) const { return scale[place(center, component)]; }
    /// The range of the switch function in the arithmetic of the model.
    SwitchRange switch_range() const;

private:
    std::size_t place(int center, int component) const { return std::size_t(center * n_components + component); }
};

/// As many neighbours as anything can have.
constexpr int most_neighbors = 1 << 20;

/// What a centre type makes of the neighbours of one type, which fill a section of its slots.
struct SectionRule {
    int sel = 0;               ///< how many may be seen
    bool counts = false;       ///< such neighbours are seen and take slots
    bool has_rows = false;     ///< they have environment rows, which pass through the network
    bool has_padding = false;  ///< empty slots contribute what the network makes of an empty row
    // Where the descriptor uses rows of zeros:
    bool has_zero_rows = false;     ///< neighbours contribute what the network makes of one
    bool has_zero_padding = false;  ///< and so do empty slots

    bool operator==(const SectionRule& other) const = default;
};

/// The rule of a section, said once for compression and for every backend. `has_network`: the descriptor has a network
/// for the pair; `pair_exclude_types`: the pairs that the term ignores.
SectionRule section_rule(const Environment& environment, bool has_network, const TypePairs& pair_exclude_types,
                         int center, int neighbor);

}  // namespace dpmd
