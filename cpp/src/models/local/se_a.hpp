#pragma once
// se_e2_a, the DeepPot-SE descriptor (Zhang et al., NeurIPS 2018): A = (1/N) sum_j G(s_j) (x) R_j over the neighbours j,
// D = A (A_<)^T with A_< the first axis channels. docs/theory.md has the formulas.
#include "models/local/embedding_nets.hpp"
#include "models/local/environment.hpp"

namespace dpmd {

struct SeA {
    static constexpr const char* name = "se_e2_a";
    Environment environment;
    EmbeddingNets embedding;
    int axis_neuron = 0;

    int n_features() const { return embedding.n_channels() * axis_neuron; }
    /// The features of its moment form: S_lk = sum_c m_cl m_ck with l < n_axis, l <= k < n_basis, by l, then k.
    static constexpr int n_moment_features(int n_basis, int n_axis) {
        return n_axis * n_basis - n_axis * (n_axis - 1) / 2;
    }
};

}  // namespace dpmd
