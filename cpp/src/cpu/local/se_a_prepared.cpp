#include "cpu/local/se_a_prepared.hpp"

namespace dpmd::cpu {

// An empty slot passes through the net like any other, so that one slot adds p (x) G(p_0) to the moments, the same for
// all slots of a section.
EmptyRow::EmptyRow(const PackedEnvironment::Center& center) {
    for (int k = 0; k < 4; ++k) component[k] = -center.shift[k] * center.inverse_scale[k];
}

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
typename PackedSeAMoment<Real>::Center prepare_moment_center(const MomentCenter& basis,
                                                             const PackedEnvironment::Center& seen,
                                                             const Packing<Real>& packing) {
    const EmptyRow empty(seen);
    typename PackedSeAMoment<Real>::Center out;
    out.n_basis = basis.n_basis;
    out.n_axis = basis.n_axis;
    out.stride = round_up(basis.n_basis, packing.lanes());
    out.n_features = basis.n_features;
    out.radial_scale = static_cast<Real>(1.0 / seen.inverse_scale[0]);
    for (std::size_t t = 0; t < basis.tables.size(); ++t) {
        const auto& table = basis.tables[t];
        out.tables.push_back(table ? MomentTable<Real>(*table, packing.kernels.shape) : MomentTable<Real>());
        out.padding.emplace_back();
        if (seen.sections[t].has_padding)
            out.padding.back() = empty.moments<Real>(basis.padding[t], std::size_t(out.stride + packing.lanes()));
    }
    return out;
}

template <class Real>
PackedSeAMoment<Real> prepare_compressed(const SeA& from, const MomentForm& form, const PackedEnvironment& environment,
                                         const Packing<Real>& packing) {
    PackedSeAMoment<Real> out;
    out.inverse_normalization = 1.0 / from.environment.normalization;
    for (std::size_t i = 0; i < form.centers.size(); ++i)
        out.centers.push_back(prepare_moment_center(form.centers[i], environment.centers[i], packing));
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
        sum += center.constants.bytes();
    }
    return sum;
}

template struct PackedSeA<double>;
template struct PackedSeA<float>;
template struct PackedSeAMoment<double>;
template struct PackedSeAMoment<float>;
template PackedSeAMoment<double>::Center prepare_moment_center(const MomentCenter&, const PackedEnvironment::Center&,
                                                               const Packing<double>&);
template PackedSeAMoment<float>::Center prepare_moment_center(const MomentCenter&, const PackedEnvironment::Center&,
                                                              const Packing<float>&);
template PackedSeA<double> prepare(const SeA&, const PackedEnvironment&, const Packing<double>&);
template PackedSeA<float> prepare(const SeA&, const PackedEnvironment&, const Packing<float>&);
template PackedSeAMoment<double> prepare_compressed(const SeA&, const MomentForm&, const PackedEnvironment&,
                                                    const Packing<double>&);
template PackedSeAMoment<float> prepare_compressed(const SeA&, const MomentForm&, const PackedEnvironment&,
                                                   const Packing<float>&);

}  // namespace dpmd::cpu
