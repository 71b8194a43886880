#pragma once
// se_e3_tebd, the three-body descriptor with a type embedding: D_c = 1/n^2 sum over all neighbours j, k of
// theta_jk G_c(theta_jk), each with itself too, where theta_jk is the product of the directions of two normalised
// environment rows. One network N serves all types: G = N([theta, T_j, T_k]) or G = N(theta) (1 + t(T_j, T_k) w_j w_k).
// docs/theory.md has the formulas.
#include "models/local/angle_tables.hpp"
#include "models/local/environment.hpp"
#include "models/local/pair_functions.hpp"
#include "models/local/typed_network.hpp"

namespace dpmd {

class Entry;
class NewObject;

struct SeTTebd : TypedNetwork {
    static constexpr const char* name = "se_e3_tebd";
    using Compressed = AngleTables;
    Environment environment;
    bool smooth = true;                 ///< strip: t is multiplied by the switches of both neighbours
    bool output_type_embedding = true;  ///< T_i stands behind D

    int n_output_types() const { return output_type_embedding ? type_width : 0; }
    int n_features() const { return n_channels() + n_output_types(); }
    bool has_network(int, int) const { return true; }
};

PairFunctions pair_functions(const SeTTebd& descriptor);

/// From a .dpmd file, and to one (se_t_tebd_file.cpp).
void read(const Entry& entry, int n_types, SeTTebd& out);
void write(NewObject& out, const SeTTebd& descriptor);

}  // namespace dpmd
