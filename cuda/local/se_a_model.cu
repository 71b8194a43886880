#include "local/se_a_model.hpp"

#include <algorithm>
#include <cstring>

#include "nets/layers.hpp"

namespace dpmd::gpu {

template <class Real>
template <class T>
const T* SeAModel<Real>::upload(const std::vector<T>& values) {
    Array<std::byte>& array = uploads_.emplace_back(values.size() * sizeof(T) + 1, memory_);
    memory_.copy_in(array.data(), values.data(), values.size() * sizeof(T));
    return reinterpret_cast<const T*>(array.data());
}

template <class Real>
const DeviceNetwork<Real>* SeAModel<Real>::add_network(const Network& network, OperandRange range) {
    networks_.push_back(std::make_unique<DeviceNetwork<Real>>(network, range, memory_));
    for (const LayerView<Real>& layer : networks_.back()->layers()) gemm_.prepare(layer);
    return networks_.back().get();
}

namespace {

// All but what meets the outside: the first layer of an embedding net, the last of a fitting net.
OperandRange in_embedding(const Network& network, Operands operands) {
    return {operands, 1, static_cast<int>(network.layers.size())};
}
OperandRange in_fitting(const Network& network, Operands operands) {
    return {operands, 0, static_cast<int>(network.layers.size()) - 1};
}

}  // namespace

template <class Real>
SeAModel<Real>::SeAModel(const ModelData& data, Operands operands, GemmTuner& gemm, Memory& memory)
    : gemm_(gemm),
      memory_(memory),
      operands_(operands),
      device_fparam_(memory) {
    const LocalModel& local = data.local();
    const NetTerm& term = local.terms.front();
    const SeA& descriptor = std::get<SeA>(term.descriptors.front());
    const Fitting& fitting = term.fitting;
    is_compressed_ = term.compressed != nullptr;
    n_axis_ = descriptor.axis_neuron;
    fparam_shift_ = fitting.fparam_shift;
    fparam_scale_ = fitting.fparam_scale;
    const auto n_types = std::size_t(data.n_types());
    for (const auto& row : descriptor.embedding.nets)
        for (std::size_t t = 0; t < n_types; ++t) {
            const auto& network = row[t];
            embeddings_.push_back(network ? add_network(*network, in_embedding(*network, operands_)) : nullptr);
            if (network) n_channels_ = network->n_out();
        }
    parameters_.n_fparam = fitting.n_fparam;
    parameters_.n_aparam = fitting.n_aparam;
    parameters_.n_case = static_cast<int>(fitting.case_embedding.size());
    parameters_.aparam_shift = upload(fitting.aparam_shift);
    parameters_.aparam_scale = upload(fitting.aparam_scale);
    parameters_.case_embedding = upload(fitting.case_embedding);
    device_fparam_.resize_discard(std::size_t(fitting.n_fparam));
    parameters_.fparam = device_fparam_.data();
    for (std::size_t t = 0; t < n_types; ++t) {
        Center& center = centers_.emplace_back();
        center.energy_shift = fitting.energy_shift[t];
        center.subtract_vacuum = fitting.subtract_vacuum[t];
        center.is_silent =
            std::count(local.atom_exclude_types.begin(), local.atom_exclude_types.end(), static_cast<int>(t)) > 0;
        prepare_exact(local, static_cast<int>(t));
        if (is_compressed_)
            prepare_moment(term.compressed->descriptors.front().centers[t], term.compressed->fittings[t],
                           static_cast<int>(t));
    }
}

/// What an empty slot contributes: its normalised row p = -davg/dstd goes through the net like any other, so one slot
/// adds p (x) G(p_0), the same for all slots of a section.
template <class Real>
std::vector<Real> SeAModel<Real>::padding_of(const DeviceNetwork<Real>& network, const CenterView<Real>& center) {
    double row[4];
    for (int k = 0; k < 4; ++k) row[k] = -center.shift[k] * center.inverse_scale[k];
    const auto widest = std::size_t(network.widest());
    Array<Real> x(1, memory_), y(widest, memory_), z(widest, memory_), slope(widest, memory_);
    x.copy_in(std::vector<Real>{static_cast<Real>(row[0])});
    Array<Real>* in = &x;
    Array<Real>* out = &y;
    if (network.table()) table_forward(gemm_.queue(), *network.table(), {1}, x.data(), y.data());
    else
        for (const LayerView<Real>& layer : network.layers()) {
            layer_forward(gemm_, layer, {1}, in->data(), in == &x ? 1 : layer.in_stride, out->data(), slope.data());
            in = std::exchange(out, in == &x ? &z : in);
        }
    const std::vector<Real> g = (network.table() ? y : *in).on_host();
    const auto stride = std::size_t(channel_stride());
    std::vector<Real> padding(4 * stride, Real(0));
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t c = 0; c < std::size_t(n_channels_); ++c)
            padding[k * stride + c] = static_cast<Real>(row[k] * double(g[c]));
    return padding;
}

template <class Real>
void SeAModel<Real>::prepare_exact(const LocalModel& model, int type) {
    const NetTerm& term = model.terms.front();
    const SeA& descriptor = std::get<SeA>(term.descriptors.front());
    const Environment& environment = descriptor.environment;
    ExactCenter<Real>& center = centers_[std::size_t(type)].exact;
    CenterView<Real>& view = center.view;
    view.range = environment.switch_range();
    view.protection = environment.protection;
    view.inverse_normalization = 1.0 / environment.normalization;
    view.n_types = environment.n_types();
    view.n_slots = environment.n_slots();
    view.overflow_all_types_first = environment.overflow_all_types_first;
    for (std::size_t k = 0; k < 4; ++k) {
        view.shift[k] = environment.shift_of(type, static_cast<int>(k));
        view.inverse_scale[k] = 1.0 / environment.scale_of(type, static_cast<int>(k));
    }
    const auto n_types = std::size_t(view.n_types);
    const std::size_t row = descriptor.embedding.nets.size() == 1 ? 0 : std::size_t(type);
    for (std::size_t j = 0; j < n_types; ++j) {
        const DeviceNetwork<Real>* network = embeddings_[row * n_types + j];
        const SectionRule rule = section_rule(environment, network != nullptr, model.pair_exclude_types, type,
                                              static_cast<int>(j));
        SectionView<Real>& section = center.sections.emplace_back();
        section.sel = rule.sel;
        section.is_neighbor = rule.counts;
        section.is_embedded = rule.has_rows;
        if (rule.has_padding) section.padding = upload(padding_of(*network, view));
        center.embedding.push_back(section.is_embedded ? network : nullptr);
    }
    view.sections = upload(center.sections);
    const Network& fitting = term.fitting.networks[std::size_t(type)];
    center.fitting = add_network(fitting, in_fitting(fitting, operands_));
}

template <class Real>
void SeAModel<Real>::prepare_moment(const dpmd::MomentCenter& from, const Network& fitting, int type) {
    const ExactCenter<Real>& exact = centers_[std::size_t(type)].exact;
    MomentCenter<Real> center;
    center.view = exact.view;
    center.n_basis = from.n_basis;
    center.n_axis = from.n_axis;
    center.n_features = from.n_features;
    const auto n = std::size_t(from.n_basis), stride = std::size_t(padded(from.n_basis));
    std::vector<SectionView<Real>> sections = exact.sections;
    std::vector<Real> quartets, pairs;
    int n_intervals = 0;
    for (std::size_t t = 0; t < sections.size(); ++t) {
        SectionView<Real>& section = sections[t];
        if (section.padding != nullptr) {
            std::vector<Real> padding(4 * stride, Real(0));
            for (std::size_t k = 0; k < 4; ++k)
                for (std::size_t c = 0; c < from.padding[t].size(); ++c)
                    padding[k * stride + c] =
                        static_cast<Real>(-center.view.shift[k] * center.view.inverse_scale[k] * from.padding[t][c]);
            section.padding = upload(padding);
        }
        if (!from.tables[t]) continue;
        const RadialTable& table = *from.tables[t];
        section.grid = {table.softening, table.n_intervals / table.end, table.n_intervals};
        section.nearest = table.nearest;
        section.first_interval = n_intervals;
        n_intervals += table.n_intervals;
        const auto end = std::size_t(n_intervals), first = std::size_t(section.first_interval);
        quartets.resize(end * stride * 4, Real(0));
        pairs.resize(end * stride * 2, Real(0));
        for (std::size_t i = first; i < end; ++i)
            for (std::size_t c = 0; c < n; ++c)
                for (std::size_t power = 0; power < 6; ++power) {
                    const auto a = static_cast<Real>(table.coefficients[((i - first) * n + c) * 6 + power]);
                    if (power < 4) quartets[(i * stride + c) * 4 + power] = a;
                    else pairs[(i * stride + c) * 2 + power - 4] = a;
                }
    }
    center.tables = {upload(quartets), upload(pairs), static_cast<int>(stride)};
    center.view.sections = upload(sections);
    std::vector<std::int32_t> feature_pairs;
    for (int l = 0; l < center.n_axis; ++l)
        for (int k = l; k < center.n_basis; ++k) feature_pairs.push_back(l + 65536 * k);
    center.feature_pairs = upload(feature_pairs);
    center.fitting = add_network(fitting, in_fitting(fitting, operands_));
    centers_[std::size_t(type)].moment = center;
}

template <class Real>
void SeAModel<Real>::set_frame_parameters(const double* fparam) {
    const auto n = std::size_t(parameters_.n_fparam);
    if (std::equal(fparam, fparam + n, fparam_.begin(), fparam_.end())) return;
    fparam_.assign(fparam, fparam + n);
    std::vector<double> scaled(n);
    for (std::size_t k = 0; k < n; ++k) scaled[k] = (fparam[k] - fparam_shift_[k]) * fparam_scale_[k];
    device_fparam_.copy_in(scaled);
}

template <class Real>
std::size_t SeAModel<Real>::bytes() const {
    std::size_t sum = device_fparam_.bytes();
    for (const auto& network : networks_) sum += network->bytes();
    for (const Array<std::byte>& array : uploads_) sum += array.bytes();
    return sum;
}

template class SeAModel<double>;
template class SeAModel<float>;

}  // namespace dpmd::gpu
