#pragma once
// se_e2_a, the DeepPot-SE descriptor (Zhang et al., NeurIPS 2018): A = (1/N) sum_j G(s_j) (x) R_j over the neighbours
// j, D = A (A_<)^T with A_< the first axis channels. docs/theory.md has the formulas.
#include <vector>

#include "models/local/embedding_nets.hpp"
#include "models/local/environment.hpp"
#include "models/local/moment_form.hpp"

namespace dpmd {

class Entry;
class NewObject;

struct SeA {
    static constexpr const char* name = "se_e2_a";
    static constexpr bool uses_zero_rows = false;  ///< a row of zeros adds G times 0
    using Compressed = MomentForm;
    Environment environment;
    EmbeddingNets embedding;
    int axis_neuron = 0;

    int n_features() const { return embedding.n_channels() * axis_neuron; }
    bool has_network(int center, int neighbor) const { return embedding.at(center, neighbor).has_value(); }
    template <class F>
    void for_each_network(F&& f) const {
        embedding.for_each(f);
    }
    int n_axis_channels() const { return axis_neuron; }
};

/// From a .dpmd file, and to one (se_a_file.cpp).
void read(const Entry& entry, int n_types, SeA& out);
void write(NewObject& out, const SeA& descriptor);

/// For the moment form: weights [n_features][n_out] of the features S_lk = sum_c m_cl m_ck of moments m, l <
/// min(n_axis, n_basis), l <= k < n_basis, by l, then k; in place of those of D = M (M_<)^T in the first layer
/// (compress/se_a_fold.cpp).
std::vector<double> fold_weights(const SeA& descriptor, const Layer& first, const std::vector<double>& directions,
                                 int n_basis);

}  // namespace dpmd
