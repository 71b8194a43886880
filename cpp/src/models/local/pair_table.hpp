#pragma once
// Tabulated pair potentials: E_i = 1/2 sum_j u(r_ij) over the neighbours j, plus a shift. They are the short-range part
// of DP-ZBL and members of linear combinations. docs/theory.md has the formulas.
#include <string>
#include <vector>

#include "models/local/environment.hpp"
#include "models/type_pairs.hpp"

namespace dpmd {

struct PairTable {
    static constexpr const char* kind = "pair_table";  ///< in a .dpmd file

    double cutoff = 0;                          ///< Å
    std::vector<int> sel;                       ///< [n_types] slots by neighbour type; 0: such neighbours are ignored
    int n_slots = 0;                            ///< of all types together
    SlotOrder slot_order = SlotOrder::by_type;  ///< or all_types, with n_slots in place of sum(sel)
    double first = 0;                           ///< Å, where the table begins
    double spacing = 0;                         ///< Å
    int n_intervals = 0;
    /// [n_types][n_types][n_intervals][4] by centre and neighbour, eV: of the powers 3, 2, 1, 0 of the place in the
    /// interval, 0 to 1.
    std::vector<double> coefficients;
    std::vector<double> energy_shift;     ///< [n_types] eV
    TypePairs pair_exclude_types;         ///< such neighbours are ignored
    std::vector<int> atom_exclude_types;  ///< such atoms have no energy from the table

    int n_types() const { return static_cast<int>(sel.size()); }
    /// Where the table ends, Å; the potential is 0 from there on.
    double end() const { return first + spacing * n_intervals; }
    /// Whether a centre sees neighbours of a type.
    bool sees(int center, int neighbor) const {
        return sel[std::size_t(neighbor)] > 0 && !holds_pair(pair_exclude_types, center, neighbor);
    }
};

/// DP-ZBL: near its closest neighbours an atom has the energy of a pair table, else that of the nets. The weight of the
/// table is a function of the soft minimum of the distances to the neighbours that the table sees.
struct Bridge {
    static constexpr const char* kind = "bridge";  ///< in a .dpmd file

    double softness = 0;  ///< Å, of the soft minimum
    double inner = 0;     ///< Å: the weight is 1 below
    double outer = 0;     ///< Å: and 0 from here on
    double width = 0;     ///< Å: outer - inner, in the arithmetic of the model
    /// The sum of the soft minimum counts as this where it is less: in PyTorch, 1e-20. So the weight is 1 again for
    /// atoms that are far from all others.
    double least_sum = 0;
    bool is_single_precision = false;  ///< the arithmetic of the width is float32
};

}  // namespace dpmd
