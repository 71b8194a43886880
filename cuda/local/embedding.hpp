#pragma once
// The embedding nets of a descriptor over the rows of a tile: from the first component of each row to its channels, and
// back. The twin of cpp/src/cpu/tile/embedding.hpp.
#include <vector>

#include "local/environment.hpp"
#include "local/rows.hpp"
#include "models/local/embedding_nets.hpp"

namespace dpmd::gpu {

/// The nets that the rows of a centre type pass through, [n_types]; null: there are no such rows.
template <class Real>
using NetsByType = std::vector<const DeviceNetwork<Real>*>;

/// A centre type with the nets of its rows.
template <class Real>
struct EmbeddedCenter {
    CenterEnvironment environment;
    NetsByType<Real> nets;
};

template <class Real>
class Embedding {
public:
    Embedding(const EmbeddingNets& nets, Weights<Real>& weights);

    int n_channels() const { return n_channels_; }
    /// Between the channels of rows.
    int stride() const { return padded(n_channels_); }
    EmbeddedCenter<Real> center(const Environment& environment, const TypePairs& exclusions, int type,
                                Weights<Real>& weights) const;
    /// G(s), [n_channels], for a pair that has a network.
    std::vector<double> value(int center, int neighbor, double s, Memory& memory) const;

private:
    const DeviceNetwork<Real>* at(int center, int neighbor) const;

    GemmTuner& gemm_;
    std::vector<NetsByType<Real>> nets_;  // [1 or n_types][n_types]
    int n_channels_ = 0;
};

/// The channels of the rows of a tile with their gradient, and what the layers keep on the way to them.
template <class Real>
struct EmbeddedRows {
    Real* g = nullptr;                              ///< [rows][stride]
    Real* dg = nullptr;                             ///< [rows][stride] dE/dg
    Real* ds = nullptr;                             ///< [rows] dE/ds through the embedding
    std::vector<std::vector<Real*>> output, slope;  ///< [type][layer]; null: the last output
    Real *dy = nullptr, *dx = nullptr;              ///< [rows][widest]

    EmbeddedRows() = default;
    EmbeddedRows(Scratch& scratch, const NetsByType<Real>& nets, int stride, std::int64_t n_rows);
};

/// A network over some rows of such arrays: from x [row][x_stride], whose first value is the radial component, to g.
template <class Real>
void network_forward(GemmTuner& gemm, const DeviceNetwork<Real>& network, RowRange range, const Real* x, int x_stride,
                     const std::vector<Real*>& output, const std::vector<Real*>& slope, Real* g);
/// From dg to ds; dx and dy are scratch, [rows][widest].
template <class Real>
void network_backward(GemmTuner& gemm, const DeviceNetwork<Real>& network, RowRange range, const Real* x,
                      const std::vector<Real*>& slope, const Real* dg, Real* dx, Real* dy, Real* ds);

/// From the rows to g.
template <class Real>
void embedding_forward(GemmTuner& gemm, const NetsByType<Real>& nets, const Rows<Real>& rows,
                       const EmbeddedRows<Real>& embedded);
/// From dg to ds.
template <class Real>
void embedding_backward(GemmTuner& gemm, const NetsByType<Real>& nets, const Rows<Real>& rows,
                        const EmbeddedRows<Real>& embedded);

}  // namespace dpmd::gpu
