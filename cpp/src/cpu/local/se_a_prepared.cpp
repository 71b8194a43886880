#include "cpu/local/se_a_prepared.hpp"

namespace dpmd::cpu {
namespace {

/// p = -davg/dstd, the normalised row of an empty slot. It passes through the net like any other, so that one slot adds
/// p (x) G(p_0) to the moments, the same for all slots of a section.
struct EmptyRow {
    double component[4];

    explicit EmptyRow(const PackedEnvironment::Center& center) {
        for (int k = 0; k < 4; ++k) component[k] = -center.shift[k] * center.inverse_scale[k];
    }
    /// [4][stride] of the functions of a radial component, [n].
    template <class Real, class T>
    Array<Real> moments(const std::vector<T>& functions, std::size_t stride) const {
        Array<Real> out(4 * stride);
        out.fill(Real(0));
        for (std::size_t k = 0; k < 4; ++k)
            for (std::size_t c = 0; c < functions.size(); ++c)
                out[k * stride + c] = static_cast<Real>(component[k] * double(functions[c]));
        return out;
    }
};

}  // namespace

template <class Real>
PackedSeA<Real> prepare(const SeA& from, const PackedEnvironment& environment, const Packing<Real>& packing) {
    PackedSeA<Real> out;
    out.embedding = PackedEmbedding<Real>(from.embedding, packing);
    out.n_axis = from.axis_neuron;
    out.inverse_normalization = 1.0 / from.environment.normalization;
    for (int i = 0; i < environment.n_types; ++i) {
        const PackedEnvironment::Center& center = environment.centers[std::size_t(i)];
        const EmptyRow empty(center);
        std::vector<Array<Real>>& padding = out.padding.emplace_back();
        for (int j = 0; j < environment.n_types; ++j) {
            padding.emplace_back();
            if (!center.sections[std::size_t(j)].has_padding) continue;
            const std::vector<Real> g = packing.value(out.embedding.at(i, j), empty.component[0]);
            padding.back() = empty.moments<Real>(g, std::size_t(out.embedding.stride));
        }
    }
    return out;
}

template <class Real>
PackedSeAMoment<Real> prepare_compressed(const SeA& from, const MomentForm& form, const PackedEnvironment& environment,
                                         const Packing<Real>& packing) {
    PackedSeAMoment<Real> out;
    out.inverse_normalization = 1.0 / from.environment.normalization;
    for (std::size_t i = 0; i < form.centers.size(); ++i) {
        const MomentCenter& basis = form.centers[i];
        const PackedEnvironment::Center& seen = environment.centers[i];
        const EmptyRow empty(seen);
        auto& center = out.centers.emplace_back();
        center.n_basis = basis.n_basis;
        center.n_axis = basis.n_axis;
        center.stride = round_up(basis.n_basis, packing.lanes());
        center.n_features = basis.n_features;
        center.radial_scale = static_cast<Real>(1.0 / seen.inverse_scale[0]);
        for (std::size_t t = 0; t < basis.tables.size(); ++t) {
            const auto& table = basis.tables[t];
            center.tables.push_back(table ? MomentTable<Real>(*table, packing.kernels.shape) : MomentTable<Real>());
            center.padding.emplace_back();
            if (seen.sections[t].has_padding)
                center.padding.back() =
                    empty.moments<Real>(basis.padding[t], std::size_t(center.stride + packing.lanes()));
        }
    }
    return out;
}

template <class Real>
std::size_t PackedSeA<Real>::bytes() const {
    std::size_t sum = embedding.bytes();
    for (const auto& row : padding)
        for (const Array<Real>& moments : row) sum += moments.bytes();
    return sum;
}

template <class Real>
std::size_t PackedSeAMoment<Real>::bytes() const {
    std::size_t sum = 0;
    for (const Center& center : centers) {
        for (const MomentTable<Real>& table : center.tables) sum += table.coefficients.bytes();
        for (const Array<Real>& moments : center.padding) sum += moments.bytes();
    }
    return sum;
}

template struct PackedSeA<double>;
template struct PackedSeA<float>;
template struct PackedSeAMoment<double>;
template struct PackedSeAMoment<float>;
template PackedSeA<double> prepare(const SeA&, const PackedEnvironment&, const Packing<double>&);
template PackedSeA<float> prepare(const SeA&, const PackedEnvironment&, const Packing<float>&);
template PackedSeAMoment<double> prepare_compressed(const SeA&, const MomentForm&, const PackedEnvironment&,
                                                    const Packing<double>&);
template PackedSeAMoment<float> prepare_compressed(const SeA&, const MomentForm&, const PackedEnvironment&,
                                                   const Packing<float>&);

}  // namespace dpmd::cpu
