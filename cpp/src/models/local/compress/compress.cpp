#include "models/local/compress/compress.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "core/threads.hpp"
#include "dpmd/errors.hpp"
#include "models/local/compress/descriptor_angles.hpp"
#include "models/local/compress/descriptor_moments.hpp"

namespace dpmd::compress {
namespace {

// Tables of a pair of types take up to a megabyte and some milliseconds.
constexpr int most_pairs = 400;

template <class One>
constexpr bool has_moment_form = std::is_same_v<typename One::Compressed, MomentForm>;

template <class One>
constexpr bool has_no_form = std::is_same_v<typename One::Compressed, std::monostate>;

template <class One>
std::vector<RadialFunction> empty_slots_of(const One& one) {
    if constexpr (requires { one.embedding; }) return {};
    else return functions_of_empty_slots(one);
}

template <class One>
MomentSource moment_source(const One& one) {
    return {one.environment,
            functions_of(one),
            empty_slots_of(one),
            one.n_features(),
            one.n_axis_channels(),
            One::uses_zero_rows,
            [&one](const Layer& own, const std::vector<double>& directions, int n_basis) {
                return fold_weights(one, own, directions, n_basis);
            }};
}

std::string refusal_of(const Descriptor& descriptor, const TypePairs& pair_exclude_types,
                       const std::vector<std::string>& type_map, double nearest) {
    return std::visit(
        [&](const auto& one) -> std::string {
            using One = std::decay_t<decltype(one)>;
            if constexpr (requires { refusal_of_moments(one); })
                if (std::string why = refusal_of_moments(one); !why.empty()) return why;
            if constexpr (has_no_form<One>)
                return concat("the descriptor ", One::name, " has no embedding nets, which tables could replace");
            else if constexpr (has_moment_form<One>)
                return DescriptorMoments::refusal(moment_source(one), pair_exclude_types, type_map, nearest);
            else return DescriptorAngles::refusal(one.environment, pair_functions(one), nearest);
        },
        descriptor);
}

std::unique_ptr<DescriptorForms> forms_of(const Descriptor& descriptor, const TypePairs& pair_exclude_types,
                                          double nearest, int n_threads) {
    return std::visit(
        [&](const auto& one) -> std::unique_ptr<DescriptorForms> {
            using One = std::decay_t<decltype(one)>;
            if constexpr (has_no_form<One>) throw InternalError("a descriptor without networks was to be compressed");
            else if constexpr (has_moment_form<One>)
                return std::make_unique<DescriptorMoments>(moment_source(one), pair_exclude_types, nearest, n_threads);
            else
                return std::make_unique<DescriptorAngles>(one.environment, pair_functions(one), one.n_features(),
                                                          nearest, n_threads);
        },
        descriptor);
}

}  // namespace

std::string Compressor::refusal(const ModelData& model, double nearest) {
    const int n_pairs = model.n_types() * model.n_types();
    if (n_pairs > most_pairs)
        return concat(n_pairs, " pairs of types would need ", n_pairs, " tables, more than ", most_pairs);
    const LocalModel& local = model.local();
    if (local.terms.empty()) return "the model has no networks";
    for (const NetTerm& term : local.terms) {
        for (const Descriptor& descriptor : term.descriptors) {
            std::string why = refusal_of(descriptor, term.pair_exclude_types, model.type_map, nearest);
            if (!why.empty()) return why;
        }
        for (int t = 0; t < model.n_types(); ++t)
            if (term.fitting.network(t).layers.front().skip != Skip::none)
                return concat("the first fitting layer of ", model.type_map[std::size_t(t)],
                              " has a skip connection, which the fold has not");
    }
    return "";
}

Compressor::Compressor(const ModelData& model, double nearest, int n_threads)
    : model_(model.local()), n_types_(model.n_types()), n_threads_(n_threads) {
    for (const NetTerm& term : model_.terms) {
        auto& forms = forms_.emplace_back();
        for (const Descriptor& descriptor : term.descriptors)
            forms.push_back(forms_of(descriptor, term.pair_exclude_types, nearest, n_threads));
    }
}

std::string Compressor::refusal_of_tables(const Accuracy& accuracy) const {
    for (const auto& term : forms_)
        for (const auto& descriptor : term) {
            std::string why = descriptor->refusal_of_tables(accuracy);
            if (!why.empty()) return why;
        }
    return "";
}

CompressedTerms Compressor::compress(const Accuracy& accuracy) const {
    CompressedTerms out;
    for (std::size_t term = 0; term < forms_.size(); ++term) out.push_back(compress_term(term, accuracy));
    return out;
}

CompressedTerm Compressor::compress_term(std::size_t place, const Accuracy& accuracy) const {
    const NetTerm& term = model_.terms[place];
    const auto& forms = forms_[place];
    CompressedTerm out;
    out.fittings.resize(std::size_t(n_types_));
    for (const auto& form : forms) out.descriptors.push_back(form->form(accuracy));
    parallel_for(n_threads_, n_types_, 1, [&](std::int64_t at, int) {
        const auto i = std::size_t(at);
        FittingFold fold(term.fitting.network(static_cast<int>(i)));
        for (std::size_t d = 0; d < forms.size(); ++d) forms[d]->add_center(i, accuracy, out.descriptors[d], fold);
        out.fittings[i] = fold.finish();
    });
    return out;
}

NetError Compressor::deviation(const CompressedTerms& terms) const {
    NetError largest;
    for (std::size_t k = 0; k < terms.size(); ++k)
        for (std::size_t d = 0; d < forms_[k].size(); ++d) {
            const NetError error = forms_[k][d]->deviation(terms[k].descriptors[d]);
            largest.value = std::max(largest.value, error.value);
            largest.slope = std::max(largest.slope, error.slope);
        }
    return largest;
}

}  // namespace dpmd::compress
