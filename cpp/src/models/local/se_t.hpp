#pragma once
// se_e3, the three-body descriptor of DeePMD-kit: D_c = sum over pairs of types a <= b of
// 1/(n_a n_b) sum_{j in a, k in b} theta_jk N_c(theta_jk), where theta_jk is the product of the directions of two
// normalised environment rows. docs/theory.md has the formulas.
#include <vector>

#include "models/local/angle_tables.hpp"
#include "models/local/environment.hpp"
#include "models/local/pair_functions.hpp"
#include "models/local/pair_nets.hpp"

namespace dpmd {

class Entry;
class NewObject;

struct SeT {
    static constexpr const char* name = "se_e3";
    using Compressed = AngleTables;
    Environment environment;
    PairNets embedding;
    std::vector<int> pair_normalization;  ///< [n_types] n_a, the slots of type a in the training

    int n_features() const { return embedding.n_channels(); }
    /// A row of zeros has theta = 0 with every other and adds nothing, so the centre type only says whether a pair has
    /// rows.
    bool has_network(int, int neighbor) const { return embedding.has_any(neighbor); }
    template <class F>
    void for_each_network(F&& f) const {
        embedding.for_each(f);
    }
    /// 1/(n_a n_b)
    double factor(int a, int b) const {
        return 1.0 / (double(pair_normalization[std::size_t(a)]) * double(pair_normalization[std::size_t(b)]));
    }
};

PairFunctions pair_functions(const SeT& descriptor);

/// From a .dpmd file, and to one (se_t_file.cpp).
void read(const Entry& entry, int n_types, SeT& out);
void write(NewObject& out, const SeT& descriptor);

}  // namespace dpmd
