#pragma once
// DPA-1 (Zhang et al., npj Comput. Mater. 10, 94, 2024; DeePMD-kit's se_atten), and se_e2_a with a type embedding:
// G_j is a function of s_j and of the types of both atoms, neighbours attend to each other, and then D = A (A_<)^T with
// A = (1/N) sum_j G_j (x) R_j as in se_e2_a. docs/theory.md has the formulas, and says what differs between the three
// functions that DeePMD-kit's backends compute with the same weights.
#include <string>
#include <vector>

#include "models/local/environment.hpp"
#include "models/local/moment_form.hpp"
#include "models/local/radial_functions.hpp"
#include "models/local/typed_network.hpp"

namespace dpmd {

class Entry;
class NewObject;

/// A layer of gated self-attention over the neighbours of an atom, with a layer normalisation behind it.
struct AttentionLayer {
    int n_channels = 0, n_hidden = 0;
    std::vector<double> in_weight, in_bias;      ///< [n_channels][3 n_hidden], [3 n_hidden]: query, key, value
    std::vector<double> out_weight, out_bias;    ///< [n_hidden][n_channels], [n_channels]
    std::vector<double> norm_scale, norm_shift;  ///< [n_channels]
    double norm_epsilon = 0;
    double scale = 1;             ///< of the products of query and key
    bool normalize = true;        ///< query, key and value are divided by their norms, which are at least norm_floor
    double norm_floor = 0;        ///< also of the directions
    bool dot_directions = true;   ///< weights are multiplied by the cosines of the angles between neighbours
    bool masks_diagonal = false;  ///< a neighbour does not attend to itself
};

/// The network takes s_j, T_j and T_i.
struct SeAtten : TypedNetwork {
    static constexpr const char* name = "se_atten";
    using Compressed = MomentForm;
    static constexpr bool uses_zero_rows = false;  ///< a row of zeros adds G times 0

    /// The function of the distance that makes the types' factors and the attention smooth.
    enum class Switch { w, cubic };
    /// The type embedding of an empty slot.
    enum class EmptySlots { none, first_atom, padding, section };
    /// What an excluded neighbour shows.
    enum class ExcludedRows { zero, shift };

    Environment environment;
    bool smooth = true;  ///< strip: t is multiplied by the switch; attention: the smooth form
    Switch switch_kind = Switch::w;
    int axis_neuron = 0;
    std::vector<double> degree_gain;  ///< [lmax - 1] of the degrees from 2 to lmax
    EmptySlots empty_slots = EmptySlots::none;
    ExcludedRows excluded_rows = ExcludedRows::zero;
    bool output_type_embedding = true;  ///< T_i stands behind D
    std::vector<AttentionLayer> attention;

    int n_types() const { return environment.n_types(); }
    bool has_slots_by_type() const {
        return environment.slot_order == SlotOrder::by_type || environment.slot_order == SlotOrder::all_types;
    }
    int lmax() const { return 1 + static_cast<int>(degree_gain.size()); }
    int n_axis_channels() const { return axis_neuron; }
    int n_features() const { return n_channels() * axis_neuron + (output_type_embedding ? type_width : 0); }
    bool has_network(int, int) const { return true; }
};

// For the moment form (compress/se_atten_functions.cpp, compress/se_a_fold.cpp):
/// Why there is none; empty: there is one.
std::string refusal_of_moments(const SeAtten& model);
/// The channels by pairs of types: without attention they are functions of the distance.
RadialFunctions functions_by_pair(const SeAtten& model);
/// [n_types] by centre: the channels of empty slots, where these do not show the type of their section; none: they add
/// nothing or show that type.
std::vector<RadialFunction> functions_of_empty_slots(const SeAtten& model);
/// As for SeA; the type embedding behind D stays.
std::vector<double> fold_weights(const SeAtten& model, const Layer& first, const std::vector<double>& directions,
                                 int n_basis);

/// From a .dpmd file, and to one (se_atten_file.cpp).
void read(const Entry& entry, int n_types, SeAtten& out);
void write(NewObject& out, const SeAtten& descriptor);

}  // namespace dpmd
