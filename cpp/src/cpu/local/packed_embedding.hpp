#pragma once
// The embedding nets of a descriptor, packed.
#include <vector>

#include "cpu/local/packing.hpp"
#include "math/hd.hpp"
#include "models/local/embedding_nets.hpp"

namespace dpmd::cpu {

template <class Real>
struct PackedEmbedding {
    int n_channels = 0, stride = 0;  ///< outputs of every net; padded to whole vectors
    int n_types = 0;
    std::vector<PackedNetwork<Real>> nets;  ///< [1 or n_types][n_types]; no outputs where there is no net

    PackedEmbedding() = default;
    PackedEmbedding(const EmbeddingNets& from, const Packing<Real>& packing);

    /// The net of a pair of types that has one.
    DPMD_HD const PackedNetwork<Real>& at(int center, int neighbor) const {
        const int row = int(nets.size()) == n_types ? 0 : center;
        return nets[std::size_t(row * n_types + neighbor)];
    }
    std::size_t bytes() const;
};

}  // namespace dpmd::cpu
