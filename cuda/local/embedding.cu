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
void network_forward(GemmTuner& gemm, const DeviceNetwork<Real>& network, RowRange range, const Real* x, int x_stride,
                     const std::vector<Real*>& output, const std::vector<Real*>& slope, Real* g) {
    if (network.table()) return table_forward(gemm.queue(), *network.table(), range, x, g);
    for (std::size_t l = 0; l < network.layers().size(); ++l) {
        const LayerView<Real>& layer = network.layers()[l];
        Real* y = l + 1 < network.layers().size() ? output[l] : g;
        layer_forward(gemm, layer, range, x, x_stride, y, slope[l]);
        x = y;
        x_stride = layer.out_stride;
    }
}

namespace {

/// One thread per row: the first of its values.
template <class Real>
GPU_KERNEL first_values_kernel(RowRange rows, const Real* from, int stride, Real* to) {
    const std::int64_t r = item() + (rows.range != nullptr ? rows.range[0] : 0);
    if (r < (rows.range != nullptr ? std::int64_t(rows.range[1]) : rows.most)) to[r] = from[r * stride];
}

}  // namespace

template <class Real>
void network_backward(GemmTuner& gemm, const DeviceNetwork<Real>& network, RowRange range, const Real* x,
                      const std::vector<Real*>& slope, const Real* dg, Real* dx, Real* dy, Real* ds) {
    if (network.table()) return table_backward(gemm.queue(), *network.table(), range, x, dg, ds);
    const LayerView<Real>& first = network.layers().front();
    const bool has_one_input = first.n_in == 1;
    for (std::size_t l = network.layers().size(); l-- > (has_one_input ? 1u : 0u);) {
        layer_backward(gemm, network.layers()[l], range, dg, slope[l], dx);
        dg = dx;
        std::swap(dx, dy);
    }
    if (has_one_input) layer_backward_to_scalar(gemm.queue(), first, range, dg, slope[0], ds);
    else gemm.queue().for_each("first_values", range.most, &first_values_kernel<Real>, range, dg, first.in_stride, ds);
}

template <class Real>
void embedding_forward(GemmTuner& gemm, const NetsByType<Real>& nets, const Rows<Real>& rows,
                       const EmbeddedRows<Real>& embedded) {
    for (std::size_t t = 0; t < nets.size(); ++t)
        if (nets[t] != nullptr)
            network_forward(gemm, *nets[t], rows.of_type(static_cast<int>(t)), rows.components, 1, embedded.output[t],
                            embedded.slope[t], embedded.g);
}

template <class Real>
void embedding_backward(GemmTuner& gemm, const NetsByType<Real>& nets, const Rows<Real>& rows,
                        const EmbeddedRows<Real>& embedded) {
    for (std::size_t t = 0; t < nets.size(); ++t)
        if (nets[t] != nullptr)
            network_backward(gemm, *nets[t], rows.of_type(static_cast<int>(t)), rows.components, embedded.slope[t],
                             embedded.dg, embedded.dx, embedded.dy, embedded.ds);
}

#define DPMD_INSTANTIATE(Real)                                                                        \
    template class Embedding<Real>;                                                                   \
    template struct EmbeddedRows<Real>;                                                               \
    template void network_forward(GemmTuner&, const DeviceNetwork<Real>&, RowRange, const Real*, int, \
                                  const std::vector<Real*>&, const std::vector<Real*>&, Real*);       \
    template void network_backward(GemmTuner&, const DeviceNetwork<Real>&, RowRange, const Real*,     \
                                   const std::vector<Real*>&, const Real*, Real*, Real*, Real*);      \
    template void embedding_forward(GemmTuner&, const NetsByType<Real>&, const Rows<Real>&,           \
                                    const EmbeddedRows<Real>&);                                       \
    template void embedding_backward(GemmTuner&, const NetsByType<Real>&, const Rows<Real>&, const EmbeddedRows<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
