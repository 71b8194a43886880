#include "local/embedding.hpp"

#include <algorithm>
#include <utility>

#include "nets/layers.hpp"

namespace dpmd::gpu {
namespace {

template <class Real>
std::size_t most_layers(const NetsByType<Real>& nets) {
    std::size_t most = 0;
    for (const DeviceNetwork<Real>* network : nets)
        if (network != nullptr) most = std::max(most, network->layers().size());
    return most;
}

template <class Real>
int widest_of_layer(const NetsByType<Real>& nets, std::size_t layer) {
    int widest = 0;
    for (const DeviceNetwork<Real>* network : nets)
        if (network != nullptr && layer < network->layers().size())
            widest = std::max(widest, network->layers()[layer].out_stride);
    return widest;
}

}  // namespace

template <class Real>
Embedding<Real>::Embedding(const EmbeddingNets& nets, Weights<Real>& weights)
    : gemm_(weights.gemm()), n_channels_(nets.n_channels()) {
    for (const auto& row : nets.nets) {
        nets_.emplace_back();
        for (const std::optional<Network>& network : row)
            nets_.back().push_back(network ? weights.add(*network, 1, static_cast<int>(network->layers.size()))
                                           : nullptr);
    }
}

template <class Real>
const DeviceNetwork<Real>* Embedding<Real>::at(int center, int neighbor) const {
    return nets_[nets_.size() == 1 ? 0 : std::size_t(center)][std::size_t(neighbor)];
}

template <class Real>
EmbeddedCenter<Real> Embedding<Real>::center(const Environment& environment, const TypePairs& exclusions, int type,
                                             Weights<Real>& weights) const {
    std::vector<SectionRule> sections;
    NetsByType<Real> nets;
    for (int t = 0; t < environment.n_types(); ++t) {
        sections.push_back(section_rule(environment, at(type, t) != nullptr, exclusions, type, t));
        nets.push_back(sections.back().has_rows ? at(type, t) : nullptr);
    }
    return {prepare_environment(environment, type, std::move(sections), weights), std::move(nets)};
}

template <class Real>
std::vector<double> Embedding<Real>::value(int center, int neighbor, double s, Memory& memory) const {
    const DeviceNetwork<Real>& network = *at(center, neighbor);
    const auto widest = std::size_t(network.widest());
    Array<Real> x(1, memory), y(widest, memory), z(widest, memory), slope(widest, memory);
    x.copy_in(std::vector<Real>{static_cast<Real>(s)});
    Array<Real>* in = &x;
    Array<Real>* out = &y;
    if (network.table()) table_forward(gemm_.queue(), *network.table(), {1}, x.data(), y.data());
    else
        for (const LayerView<Real>& layer : network.layers()) {
            layer_forward(gemm_, layer, {1}, in->data(), in == &x ? 1 : layer.in_stride, out->data(), slope.data());
            in = std::exchange(out, in == &x ? &z : in);
        }
    const std::vector<Real> g = (network.table() ? y : *in).on_host();
    return {g.begin(), g.begin() + n_channels_};
}

/// The rows of a type are a range of all rows, so types share the arrays of a layer, which are as wide as the widest
/// net needs.
template <class Real>
EmbeddedRows<Real>::EmbeddedRows(Scratch& scratch, const NetsByType<Real>& nets, int stride, std::int64_t n_rows)
    : g(scratch.take<Real>(n_rows * stride)), dg(scratch.take<Real>(n_rows * stride)), ds(scratch.take<Real>(n_rows)) {
    std::vector<Real*> shared_output, shared_slope;
    int widest = 0;
    for (const DeviceNetwork<Real>* network : nets) {
        output.emplace_back();
        slope.emplace_back();
        if (network == nullptr || network->table()) continue;
        widest = std::max(widest, network->widest());
        const std::size_t n_layers = network->layers().size();
        for (std::size_t l = 0; l < n_layers; ++l) {
            const int width = widest_of_layer(nets, l);
            if (l == shared_slope.size()) {
                shared_slope.push_back(scratch.take<Real>(n_rows * width));
                shared_output.push_back(l + 1 < most_layers(nets) ? scratch.take<Real>(n_rows * width) : nullptr);
            }
            slope.back().push_back(shared_slope[l]);
            output.back().push_back(l + 1 < n_layers ? shared_output[l] : nullptr);
        }
    }
    dy = scratch.take<Real>(n_rows * widest);
    dx = scratch.take<Real>(n_rows * widest);
}

template <class Real>
void embedding_forward(GemmTuner& gemm, const NetsByType<Real>& nets, const Rows<Real>& rows,
                       const EmbeddedRows<Real>& embedded) {
    for (std::size_t t = 0; t < nets.size(); ++t) {
        if (nets[t] == nullptr) continue;
        const DeviceNetwork<Real>& network = *nets[t];
        const RowRange range = rows.of_type(static_cast<int>(t));
        if (network.table()) {
            table_forward(gemm.queue(), *network.table(), range, rows.components, embedded.g);
            continue;
        }
        const Real* x = rows.components;
        int x_stride = 1;
        for (std::size_t l = 0; l < network.layers().size(); ++l) {
            const LayerView<Real>& layer = network.layers()[l];
            Real* y = l + 1 < network.layers().size() ? embedded.output[t][l] : embedded.g;
            layer_forward(gemm, layer, range, x, x_stride, y, embedded.slope[t][l]);
            x = y;
            x_stride = layer.out_stride;
        }
    }
}

template <class Real>
void embedding_backward(GemmTuner& gemm, const NetsByType<Real>& nets, const Rows<Real>& rows,
                        const EmbeddedRows<Real>& embedded) {
    for (std::size_t t = 0; t < nets.size(); ++t) {
        if (nets[t] == nullptr) continue;
        const DeviceNetwork<Real>& network = *nets[t];
        const RowRange range = rows.of_type(static_cast<int>(t));
        if (network.table()) {
            table_backward(gemm.queue(), *network.table(), range, rows.components, embedded.dg, embedded.ds);
            continue;
        }
        const Real* dy = embedded.dg;
        Real *dx = embedded.dx, *other = embedded.dy;
        for (std::size_t l = network.layers().size(); l-- > 1;) {
            layer_backward(gemm, network.layers()[l], range, dy, embedded.slope[t][l], dx);
            dy = dx;
            std::swap(dx, other);
        }
        layer_backward_to_scalar(gemm.queue(), network.layers()[0], range, dy, embedded.slope[t][0], embedded.ds);
    }
}

#define DPMD_INSTANTIATE(Real)                                                              \
    template class Embedding<Real>;                                                         \
    template struct EmbeddedRows<Real>;                                                     \
    template void embedding_forward(GemmTuner&, const NetsByType<Real>&, const Rows<Real>&, \
                                    const EmbeddedRows<Real>&);                             \
    template void embedding_backward(GemmTuner&, const NetsByType<Real>&, const Rows<Real>&, const EmbeddedRows<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
