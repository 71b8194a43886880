#pragma once
// se_e2_a, the DeepPot-SE descriptor (Zhang et al., NeurIPS 2018): A = (1/N) sum_j G(s_j) (x) R_j over the neighbours
// j, D = A (A_<)^T with A_< the first axis channels. docs/theory.md has the formulas.
#include "models/local/embedding_nets.hpp"
#include "models/local/environment.hpp"

namespace dpmd {

struct SeA {
    static constexpr const char* name = "se_e2_a";
    Environment environment;
    EmbeddingNets embedding;
    int axis_neuron = 0;

    int n_features() const { return embedding.n_channels() * axis_neuron; }
};

}  // namespace dpmd
