#include "cpu/local/packed_model.hpp"

#include <algorithm>
#include <string>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::cpu {
namespace {

/// Whether both descriptors can use the same rows of a tile.
bool see_alike(const Descriptor& a, const Descriptor& b, const TypePairs& pair_exclude_types) {
    const Environment &mine = environment_of(a), &others = environment_of(b);
    return mine.shift == others.shift && mine.scale == others.scale &&
           PackedEnvironment(mine, embedding_of(a), pair_exclude_types)
               .sees_like(PackedEnvironment(others, embedding_of(b), pair_exclude_types));
}

template <class Real>
PackedForm<Real> as_trained(const NetTerm& term, const PackedEnvironment& environment, const Packing<Real>& packing) {
    PackedForm<Real> out;
    for (const Descriptor& descriptor : term.descriptors)
        std::visit([&](const auto& one) { out.descriptors.emplace_back(prepare(one, environment, packing)); },
                   descriptor);
    out.fitting = PackedFitting<Real>(term.fitting, term.fitting.networks, packing);
    return out;
}

template <class Real>
PackedForm<Real> as_compressed(const NetTerm& term, const PackedEnvironment& environment,
                               const Packing<Real>& packing) {
    const CompressedTerm& compressed = *term.compressed;
    const auto n_types = std::size_t(environment.n_types);
    PackedForm<Real> out;
    out.nearest.assign(n_types * n_types, 0.0);
    for (std::size_t d = 0; d < term.descriptors.size(); ++d) {
        const MomentForm& form = compressed.descriptors[d];
        std::visit(
            [&](const auto& one) { out.descriptors.emplace_back(prepare_moment(one, form, environment, packing)); },
            term.descriptors[d]);
        for (std::size_t i = 0; i < n_types; ++i)
            for (std::size_t j = 0; j < n_types; ++j)
                if (const auto& table = form.centers[i].tables[j])
                    out.nearest[i * n_types + j] = std::max(out.nearest[i * n_types + j], table->nearest);
    }
    out.fitting = PackedFitting<Real>(term.fitting, compressed.fittings, packing);
    return out;
}

}  // namespace

void require_one_environment(const LocalModel& model) {
    if (model.terms.size() != 1)
        throw InputError(
            concat("a model of ", model.terms.size(), " terms does not run on this backend; it takes one"));
    const NetTerm& term = model.terms.front();
    for (const Descriptor& descriptor : term.descriptors)
        if (!see_alike(term.descriptors.front(), descriptor, model.pair_exclude_types))
            throw InputError("a model whose descriptors see different neighbours does not run on this backend");
}

template <class Real>
int PackedForm<Real>::n_features(int center) const {
    int sum = 0;
    for (const PackedDescriptor<Real>& descriptor : descriptors)
        sum += descriptor.visit([&](const auto& one) { return one.n_features(center); });
    return sum;
}

template <class Real>
std::size_t PackedForm<Real>::bytes() const {
    std::size_t sum = fitting.bytes();
    for (const PackedDescriptor<Real>& descriptor : descriptors)
        sum += descriptor.visit([](const auto& one) { return one.bytes(); });
    return sum;
}

template <class Real>
PackedModel<Real> prepare(const ModelData& model, const Packing<Real>& packing) {
    const LocalModel& local = model.local();
    const NetTerm& term = local.terms.front();
    const Descriptor& first = term.descriptors.front();
    PackedModel<Real> out;
    out.environment = PackedEnvironment(environment_of(first), embedding_of(first), local.pair_exclude_types);
    out.trained = as_trained(term, out.environment, packing);
    if (term.compressed) out.compressed = as_compressed(term, out.environment, packing);
    out.is_silent.resize(std::size_t(model.n_types()));
    for (const int type : local.atom_exclude_types) out.is_silent[std::size_t(type)] = true;
    return out;
}

template struct PackedForm<double>;
template struct PackedForm<float>;
template PackedModel<double> prepare(const ModelData&, const Packing<double>&);
template PackedModel<float> prepare(const ModelData&, const Packing<float>&);

}  // namespace dpmd::cpu
