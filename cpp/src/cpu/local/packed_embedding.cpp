#include "cpu/local/packed_embedding.hpp"

namespace dpmd::cpu {

template <class Real>
PackedEmbedding<Real>::PackedEmbedding(const EmbeddingNets& from, const Packing<Real>& packing)
    : n_channels(from.n_channels()),
      stride(round_up(n_channels, packing.lanes())),
      n_types(static_cast<int>(from.nets.front().size())) {
    for (const auto& row : from.nets)
        for (const auto& network : row) nets.push_back(network ? packing.embedding(*network) : PackedNetwork<Real>());
}

template <class Real>
std::size_t PackedEmbedding<Real>::bytes() const {
    std::size_t sum = 0;
    for (const PackedNetwork<Real>& network : nets) sum += network.bytes();
    return sum;
}

template struct PackedEmbedding<double>;
template struct PackedEmbedding<float>;

}  // namespace dpmd::cpu
