#include "cpu/local/packed_model.hpp"

#include <algorithm>

namespace dpmd::cpu {
namespace {

/// The environments of a model, each once.
class Environments {
public:
    /// The place of what a descriptor of a term sees.
    std::size_t place_of(const NetTerm& term, const Descriptor& descriptor) {
        PackedEnvironment seen(descriptor, term.pair_exclude_types);
        seen.first_descriptor = n_asked_++;
        return place_of(seen);
    }
    /// The place of what a pair table sees; they follow all descriptors.
    std::size_t place_of(const PairTable& table) { return place_of(environment_of(table, n_asked_++)); }
    const std::vector<PackedEnvironment>& all() const { return all_; }

private:
    std::size_t place_of(const PackedEnvironment& seen) {
        const auto found = std::find_if(all_.begin(), all_.end(),
                                        [&](const PackedEnvironment& one) { return one.gives_rows_of(seen); });
        if (found != all_.end()) return std::size_t(found - all_.begin());
        all_.push_back(seen);
        return all_.size() - 1;
    }

    std::vector<PackedEnvironment> all_;
    int n_asked_ = 0;
};

/// [n_types]
std::vector<char> silent_types(const NetTerm& term) {
    std::vector<char> out(term.fitting.energy_shift.size());
    for (std::size_t t = 0; t < out.size(); ++t) out[t] = is_silent_in(term, static_cast<int>(t));
    return out;
}

template <class Real>
PackedTerm<Real> as_trained(const NetTerm& term, Environments& environments, const Packing<Real>& packing) {
    PackedTerm<Real> out;
    for (const Descriptor& descriptor : term.descriptors) {
        const std::size_t place = environments.place_of(term, descriptor);
        std::visit(
            [&](const auto& one) {
                out.descriptors.push_back({static_cast<int>(place),
                                           PackedDescriptor<Real>(prepare(one, environments.all()[place], packing))});
            },
            descriptor);
    }
    out.fitting = PackedFitting<Real>(term.fitting, term.fitting.networks, packing);
    out.is_silent = silent_types(term);
    return out;
}

/// nearest [n_types][n_types] of an environment gets what the tables of a form need.
void keep_away(const MomentForm& form, std::size_t n_types, double* nearest) {
    for (std::size_t i = 0; i < n_types; ++i)
        for (std::size_t j = 0; j < n_types; ++j)
            if (const auto& table = form.centers[i].tables[j])
                nearest[i * n_types + j] = std::max(nearest[i * n_types + j], table->nearest);
}

/// The same for a form that needs no neighbour to be nearer, whatever the types.
void keep_away(const AngleTables& form, std::size_t n_types, double* nearest) {
    for (std::size_t k = 0; k < n_types * n_types; ++k) nearest[k] = std::max(nearest[k], form.nearest);
}

void keep_away(const std::monostate&, std::size_t, double*) {}

/// `nearest` as in PackedForm.
template <class Real>
PackedTerm<Real> as_compressed(const NetTerm& term, Environments& environments, const Packing<Real>& packing,
                               std::vector<double>& nearest) {
    const CompressedTerm& compressed = *term.compressed;
    const std::size_t n_pairs = nearest.size() / environments.all().size();
    PackedTerm<Real> out;
    for (std::size_t d = 0; d < term.descriptors.size(); ++d) {
        const std::size_t place = environments.place_of(term, term.descriptors[d]);
        const PackedEnvironment& environment = environments.all()[place];
        std::visit(
            [&](const auto& one) {
                const auto& form =
                    std::get<typename std::decay_t<decltype(one)>::Compressed>(compressed.descriptors[d]);
                out.descriptors.push_back({static_cast<int>(place), PackedDescriptor<Real>(prepare_compressed(
                                                                        one, form, environment, packing))});
                keep_away(form, std::size_t(environment.n_types), nearest.data() + place * n_pairs);
            },
            term.descriptors[d]);
    }
    out.fitting = PackedFitting<Real>(term.fitting, compressed.fittings, packing);
    out.is_silent = silent_types(term);
    return out;
}

}  // namespace

template <class Real>
int PackedTerm<Real>::n_features(int center) const {
    int sum = 0;
    for (const PlacedDescriptor<Real>& placed : descriptors)
        sum += placed.descriptor.visit([&](const auto& one) { return one.n_features(center); });
    return sum;
}

template <class Real>
std::size_t PackedTerm<Real>::bytes() const {
    std::size_t sum = fitting.bytes();
    for (const PlacedDescriptor<Real>& placed : descriptors)
        sum += placed.descriptor.visit([](const auto& one) { return one.bytes(); });
    return sum;
}

template <class Real>
std::size_t PackedForm<Real>::bytes() const {
    std::size_t sum = 0;
    for (const PackedTerm<Real>& term : terms) sum += term.bytes();
    for (const PackedPairTable& table : pair_tables) sum += table.bytes();
    return sum;
}

template <class Real>
PackedModel<Real> prepare(const ModelData& model, const Packing<Real>& packing) {
    const LocalModel& local = model.local();
    const auto n_types = std::size_t(model.n_types());
    PackedModel<Real> out;
    Environments environments;
    for (const NetTerm& term : local.terms) out.trained.terms.push_back(as_trained(term, environments, packing));
    for (const PairTable& table : local.pair_terms)
        out.trained.pair_tables.emplace_back(table, static_cast<int>(environments.place_of(table)));
    out.trained.is_bridged = local.bridge.has_value();
    out.trained.bridge = local.bridge.value_or(Bridge{});
    out.environments = environments.all();
    const bool is_compressed = std::any_of(local.terms.begin(), local.terms.end(),
                                           [](const NetTerm& term) { return term.compressed != nullptr; });
    if (is_compressed) {
        PackedForm<Real>& form = out.compressed.emplace();
        form.nearest.assign(out.environments.size() * n_types * n_types, 0.0);
        for (const NetTerm& term : local.terms)
            form.terms.push_back(term.compressed ? as_compressed(term, environments, packing, form.nearest)
                                                 : as_trained(term, environments, packing));
        form.pair_tables = out.trained.pair_tables;
        form.is_bridged = out.trained.is_bridged;
        form.bridge = out.trained.bridge;
    }
    for (int t = 0; t < model.n_types(); ++t) out.is_silent.push_back(local.is_silent(t));
    return out;
}

template struct PackedTerm<double>;
template struct PackedTerm<float>;
template struct PackedForm<double>;
template struct PackedForm<float>;
template PackedModel<double> prepare(const ModelData&, const Packing<double>&);
template PackedModel<float> prepare(const ModelData&, const Packing<float>&);

}  // namespace dpmd::cpu
