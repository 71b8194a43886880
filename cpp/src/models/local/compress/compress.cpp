#include "models/local/compress/compress.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "core/threads.hpp"
#include "models/local/compress/fold.hpp"

namespace dpmd::compress {
namespace {

// Tables of a pair of types take up to a megabyte and some milliseconds.
constexpr int most_pairs = 400;

}  // namespace

std::string Compressor::refusal(const ModelData& model) {
    const int n_pairs = model.n_types() * model.n_types();
    if (n_pairs > most_pairs)
        return concat(n_pairs, " pairs of types would need ", n_pairs, " tables, more than ", most_pairs);
    const LocalModel& local = model.local();
    if (local.terms.empty()) return "the model has no networks";
    for (const NetTerm& term : local.terms) {
        for (const Descriptor& descriptor : term.descriptors) {
            const std::string why = DescriptorMoments::refusal(descriptor, term.pair_exclude_types, model.type_map);
            if (!why.empty()) return why;
        }
        for (int t = 0; t < model.n_types(); ++t)
            if (term.fitting.networks[std::size_t(t)].layers.front().skip != Skip::none)
                return concat("the first fitting layer of ", model.type_map[std::size_t(t)],
                              " has a skip connection, which the fold has not");
    }
    return "";
}

Compressor::Compressor(const ModelData& model, double nearest, int n_threads)
    : model_(model.local()), n_types_(model.n_types()), n_threads_(n_threads) {
    for (const NetTerm& term : model_.terms) {
        auto& moments = moments_.emplace_back();
        for (const Descriptor& descriptor : term.descriptors)
            moments.emplace_back(descriptor, term.pair_exclude_types, nearest, n_threads);
    }
}

std::string Compressor::refusal_of_tables(const Accuracy& accuracy) const {
    for (const auto& term : moments_)
        for (const DescriptorMoments& descriptor : term) {
            const std::string why = descriptor.refusal_of_tables(accuracy);
            if (!why.empty()) return why;
        }
    return "";
}

CompressedTerms Compressor::compress(const Accuracy& accuracy) const {
    CompressedTerms out;
    for (std::size_t term = 0; term < moments_.size(); ++term) out.push_back(compress_term(term, accuracy));
    return out;
}

CompressedTerm Compressor::compress_term(std::size_t place, const Accuracy& accuracy) const {
    const NetTerm& term = model_.terms[place];
    const std::vector<DescriptorMoments>& moments = moments_[place];
    CompressedTerm out;
    out.fittings.resize(std::size_t(n_types_));
    out.descriptors.resize(moments.size());
    for (MomentForm& form : out.descriptors) form.centers.resize(std::size_t(n_types_));
    parallel_for(n_threads_, n_types_, 1, [&](std::int64_t at, int) {
        const auto i = std::size_t(at);
        FittingFold fold(term.fitting.networks[i]);
        for (std::size_t d = 0; d < moments.size(); ++d) {
            const DescriptorMoments::Basis basis = moments[d].basis(i, accuracy);
            MomentCenter& center = out.descriptors[d].centers[i];
            center = moments[d].center(i, basis, accuracy);
            center.n_features = fold.next(term.descriptors[d], basis.directions, basis.n_basis);
        }
        out.fittings[i] = fold.finish();
    });
    return out;
}

NetError Compressor::deviation(const CompressedTerms& terms) const {
    NetError largest;
    for (std::size_t k = 0; k < terms.size(); ++k)
        for (std::size_t d = 0; d < moments_[k].size(); ++d) {
            const NetError error = moments_[k][d].deviation(terms[k].descriptors[d]);
            largest.value = std::max(largest.value, error.value);
            largest.slope = std::max(largest.slope, error.slope);
        }
    return largest;
}

}  // namespace dpmd::compress
