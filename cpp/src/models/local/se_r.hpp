#pragma once
// se_e2_r, the radial descriptor of DeePMD-kit: D_c = (1/5) (1/N) sum_j G_c(s_j) over the neighbours j. docs/theory.md
// has the formulas.
#include <vector>

#include "models/local/embedding_nets.hpp"
#include "models/local/environment.hpp"
#include "models/local/moment_form.hpp"

namespace dpmd {

class Entry;
class NewObject;

struct SeR {
    static constexpr const char* name = "se_e2_r";
    static constexpr bool uses_zero_rows = true;  ///< a row of zeros adds G(0)
    static constexpr double factor = 0.2;         ///< 1/5
    using Compressed = MomentForm;
    Environment environment;
    EmbeddingNets embedding;

    int n_features() const { return embedding.n_channels(); }
    bool has_network(int center, int neighbor) const { return embedding.at(center, neighbor).has_value(); }
    template <class F>
    void for_each_network(F&& f) const {
        embedding.for_each(f);
    }
    int n_axis_channels() const { return 0; }
};

/// From a .dpmd file, and to one (se_r_file.cpp).
void read(const Entry& entry, int n_types, SeR& out);
void write(NewObject& out, const SeR& descriptor);

/// For the moment form: weights [n_basis][n_out] of the features m_k, in place of those of D in the first layer
/// (compress/se_r_fold.cpp).
std::vector<double> fold_weights(const SeR& descriptor, const Layer& first, const std::vector<double>& directions,
                                 int n_basis);

}  // namespace dpmd
