#include "cpu/local/se_r_prepared.hpp"

namespace dpmd::cpu {
namespace {

/// `empty` and `zero_row` give the functions of an empty slot and of a row of zeros.
template <class Real, class Empty, class ZeroRow>
SlotsWithoutRows<Real> slots_of(const SectionRule& rule, int stride, const Empty& empty, const ZeroRow& zero_row) {
    SlotsWithoutRows<Real> out;
    out.sel = rule.sel;
    if (rule.has_padding || rule.has_zero_padding) out.empty = in_whole_vectors<Real>(empty(), stride);
    if (rule.has_zero_rows) out.zero_row = in_whole_vectors<Real>(zero_row(), stride);
    return out;
}

double factor_of(const SeR& from) { return SeR::factor / from.environment.normalization; }

}  // namespace

template <class Real>
PackedSeR<Real> prepare(const SeR& from, const PackedEnvironment& environment, const Packing<Real>& packing) {
    PackedSeR<Real> out;
    out.embedding = PackedEmbedding<Real>(from.embedding, packing);
    out.factor = factor_of(from);
    for (int i = 0; i < environment.n_types; ++i) {
        const PackedEnvironment::Center& center = environment.centers[std::size_t(i)];
        auto& sections = out.sections.emplace_back();
        for (int j = 0; j < environment.n_types; ++j) {
            const auto value = [&](double row) { return packing.value(out.embedding.at(i, j), row); };
            const SectionRule& rule = center.sections[std::size_t(j)];
            const double empty_row = rule.has_zero_padding ? 0 : -center.shift[0] * center.inverse_scale[0];
            sections.push_back(slots_of<Real>(
                rule, out.embedding.stride, [&] { return value(empty_row); }, [&] { return value(0); }));
        }
    }
    return out;
}

template <class Real>
PackedSeRMoment<Real> prepare_compressed(const SeR& from, const MomentForm& form, const PackedEnvironment& environment,
                                         const Packing<Real>& packing) {
    PackedSeRMoment<Real> out;
    out.factor = factor_of(from);
    for (std::size_t i = 0; i < form.centers.size(); ++i) {
        const MomentCenter& basis = form.centers[i];
        const PackedEnvironment::Center& seen = environment.centers[i];
        auto& center = out.centers.emplace_back();
        center.n_basis = basis.n_basis;
        center.stride = round_up(basis.n_basis, packing.lanes());
        center.radial_scale = static_cast<Real>(1.0 / seen.inverse_scale[0]);
        for (std::size_t t = 0; t < basis.tables.size(); ++t) {
            const auto& table = basis.tables[t];
            center.tables.push_back(table ? MomentTable<Real>(*table, packing.kernels.shape) : MomentTable<Real>());
            center.sections.push_back(slots_of<Real>(
                seen.sections[t], center.stride, [&] { return basis.padding[t]; }, [&] { return basis.zero_row[t]; }));
        }
    }
    return out;
}

template <class Real>
std::size_t PackedSeR<Real>::bytes() const {
    std::size_t sum = embedding.bytes();
    for (const auto& row : sections)
        for (const SlotsWithoutRows<Real>& section : row) sum += section.bytes();
    return sum;
}

template <class Real>
std::size_t PackedSeRMoment<Real>::bytes() const {
    std::size_t sum = 0;
    for (const Center& center : centers) {
        for (const MomentTable<Real>& table : center.tables) sum += table.coefficients.bytes();
        for (const SlotsWithoutRows<Real>& section : center.sections) sum += section.bytes();
    }
    return sum;
}

template struct PackedSeR<double>;
template struct PackedSeR<float>;
template struct PackedSeRMoment<double>;
template struct PackedSeRMoment<float>;
template PackedSeR<double> prepare(const SeR&, const PackedEnvironment&, const Packing<double>&);
template PackedSeR<float> prepare(const SeR&, const PackedEnvironment&, const Packing<float>&);
template PackedSeRMoment<double> prepare_compressed(const SeR&, const MomentForm&, const PackedEnvironment&,
                                                    const Packing<double>&);
template PackedSeRMoment<float> prepare_compressed(const SeR&, const MomentForm&, const PackedEnvironment&,
                                                   const Packing<float>&);

}  // namespace dpmd::cpu
