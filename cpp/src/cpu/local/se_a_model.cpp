#include "cpu/local/se_a_model.hpp"

#include <algorithm>

#include "models/model_data.hpp"

namespace dpmd::cpu {
namespace {

/// What an empty slot contributes: its normalised row p = -davg/dstd passes through the net like any other, so one slot
/// adds p (x) G(p_0). The same for all slots of a section, hence computed once.
template <class Real>
void set_padding(SeASection<Real>& section, const SeACenter<Real>& center, int channel_stride,
                 const LocalKernels<Real>& kernels) {
    const auto stride = std::size_t(channel_stride);
    section.padding.resize_discard(4 * stride);
    section.padding.fill(Real(0));
    if (section.network == nullptr) return;
    double row[4];
    for (int k = 0; k < 4; ++k) row[k] = -center.shift[k] * center.inverse_scale[k];
    Workspace workspace;
    std::vector<Real> g(stride);
    kernels.embed(*section.network, row[0], g.data(), workspace);
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t c = 0; c < stride; ++c)
            section.padding[k * stride + c] = static_cast<Real>(row[k] * double(g[c]));
}

/// How the nets of a model are packed for one instruction set.
struct Packing {
    KernelShape shape;
    bool in_half;
    const HalfUnit* unit;

    HalfLayers embedding(const Network& network) const {
        return {1, in_half ? static_cast<int>(network.layers.size()) : 0, unit};
    }
    HalfLayers fitting(const Network& network) const {
        return {0, in_half ? static_cast<int>(network.layers.size()) - 1 : 0, unit};
    }
};

/// The moment form of one centre type.
template <class Real>
MomentCenter<Real> prepare_moment(const dpmd::MomentCenter& from, const Network& fitting, const SeACenter<Real>& center,
                                  const Packing& packing) {
    const KernelShape& shape = packing.shape;
    MomentCenter<Real> out;
    out.n_basis = from.n_basis;
    out.n_axis = from.n_axis;
    out.stride = round_up(from.n_basis, shape.lanes);
    out.n_features = from.n_features;
    out.fitting = PackedNetwork<Real>(fitting, shape, packing.fitting(fitting));
    out.n_fitting_in = fitting.n_in();
    for (std::size_t t = 0; t < from.tables.size(); ++t) {
        out.tables.push_back(from.tables[t] ? MomentTable<Real>(*from.tables[t], shape) : MomentTable<Real>());
        Array<Real>& padding = out.padding.emplace_back();
        if (!center.sections[t].has_padding) continue;
        const auto stride = std::size_t(out.stride + shape.lanes);
        padding.resize_discard(4 * stride);
        padding.fill(Real(0));
        for (std::size_t k = 0; k < 4; ++k)
            for (std::size_t c = 0; c < from.padding[t].size(); ++c)
                padding[k * stride + c] =
                    static_cast<Real>(-center.shift[k] * center.inverse_scale[k] * from.padding[t][c]);
    }
    return out;
}

}  // namespace

template <class Real>
SeAModel<Real> prepare(const ModelData& data, const LocalKernels<Real>& kernels, bool in_half, const HalfUnit* unit) {
    const Packing packing{kernels.shape, in_half, unit};
    const LocalModel& local = data.local();
    const NetTerm& term = local.terms.front();
    const SeA& descriptor = std::get<SeA>(term.descriptors.front());
    const Environment& environment = descriptor.environment;
    const Fitting& fitting = term.fitting;
    SeAModel<Real> model;
    model.n_types = data.n_types();
    model.is_compressed = term.compressed != nullptr;
    model.range = environment.switch_range();
    model.protection = environment.protection;
    model.inverse_normalization = 1.0 / environment.normalization;
    model.n_slots = environment.n_slots();
    model.overflow_all_types_first = environment.overflow_all_types_first;
    model.n_axis = descriptor.axis_neuron;
    model.n_fparam = fitting.n_fparam;
    model.n_aparam = fitting.n_aparam;
    model.n_fitting_in = fitting.networks.front().n_in();
    model.fparam_shift = fitting.fparam_shift;
    model.fparam_scale = fitting.fparam_scale;
    model.aparam_shift = fitting.aparam_shift;
    model.aparam_scale = fitting.aparam_scale;
    model.case_embedding = fitting.case_embedding;

    const auto n_types = std::size_t(model.n_types), n_rows = descriptor.embedding.nets.size();
    model.embeddings.resize(n_rows * n_types);
    for (std::size_t row = 0; row < n_rows; ++row)
        for (std::size_t t = 0; t < n_types; ++t)
            if (const auto& network = descriptor.embedding.nets[row][t]) {
                model.embeddings[row * n_types + t] =
                    PackedNetwork<Real>(*network, kernels.shape, packing.embedding(*network));
                model.n_channels = network->n_out();
            }
    model.channel_stride = round_up(model.n_channels, kernels.shape.lanes);

    for (std::size_t i = 0; i < n_types; ++i) {
        SeACenter<Real>& center = model.centers.emplace_back();
        for (std::size_t k = 0; k < 4; ++k) {
            center.shift[k] = environment.shift_of(int(i), int(k));
            center.inverse_scale[k] = 1.0 / environment.scale_of(int(i), int(k));
        }
        center.fitting = PackedNetwork<Real>(fitting.networks[i], kernels.shape, packing.fitting(fitting.networks[i]));
        center.energy_shift = fitting.energy_shift[i];
        center.subtract_vacuum = fitting.subtract_vacuum[i];
        center.is_silent = std::count(local.atom_exclude_types.begin(), local.atom_exclude_types.end(), int(i)) > 0;
        for (std::size_t j = 0; j < n_types; ++j) {
            SeASection<Real>& section = center.sections.emplace_back();
            const PackedNetwork<Real>& network = model.embeddings[(n_rows == 1 ? 0 : i) * n_types + j];
            if (network.n_out > 0) section.network = &network;
            const SectionRule rule =
                section_rule(environment, section.network != nullptr, local.pair_exclude_types, int(i), int(j));
            section.sel = rule.sel;
            section.is_neighbor = rule.counts;
            section.is_embedded = rule.has_rows;
            section.has_padding = rule.has_padding;
            set_padding(section, center, model.channel_stride, kernels);
        }
        if (term.compressed)
            center.moment = prepare_moment(term.compressed->descriptors.front().centers[i],
                                           term.compressed->fittings[i], center, packing);
    }
    return model;
}

template <class Real>
std::size_t SeAModel<Real>::bytes() const {
    std::size_t sum = 0;
    for (const PackedNetwork<Real>& network : embeddings) sum += network.bytes();
    for (const SeACenter<Real>& center : centers) {
        sum += center.fitting.bytes();
        for (const SeASection<Real>& section : center.sections) sum += section.padding.bytes();
        if (!center.moment) continue;
        sum += center.moment->fitting.bytes();
        for (const MomentTable<Real>& table : center.moment->tables) sum += table.coefficients.bytes();
        for (const Array<Real>& padding : center.moment->padding) sum += padding.bytes();
    }
    return sum;
}

template struct SeAModel<double>;
template struct SeAModel<float>;
template SeAModel<double> prepare(const ModelData&, const LocalKernels<double>&, bool, const HalfUnit*);
template SeAModel<float> prepare(const ModelData&, const LocalKernels<float>&, bool, const HalfUnit*);

}  // namespace dpmd::cpu
