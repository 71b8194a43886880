#include "models/local/local_model.hpp"

namespace dpmd {

const Environment& environment_of(const Descriptor& descriptor) {
    return std::visit([](const auto& one) -> const Environment& { return one.environment; }, descriptor);
}

int n_features(const Descriptor& descriptor) {
    return std::visit([](const auto& one) { return one.n_features(); }, descriptor);
}

bool has_network(const Descriptor& descriptor, int center, int neighbor) {
    return std::visit([&](const auto& one) { return one.has_network(center, neighbor); }, descriptor);
}

const Descriptor& descriptor_at(const LocalModel& model, int k) {
    auto place = std::size_t(k);
    std::size_t term = 0;
    while (place >= model.terms[term].descriptors.size()) place -= model.terms[term++].descriptors.size();
    return model.terms[term].descriptors[place];
}

int LocalModel::n_descriptors() const {
    std::size_t sum = 0;
    for (const NetTerm& term : terms) sum += term.descriptors.size();
    return static_cast<int>(sum);
}

bool LocalModel::is_silent(int type) const {
    const auto silent = [&](const auto& term) { return is_silent_in(term, type); };
    return std::all_of(terms.begin(), terms.end(), silent) && std::all_of(pair_terms.begin(), pair_terms.end(), silent);
}

int NetTerm::n_features() const {
    int sum = 0;
    for (const Descriptor& descriptor : descriptors) sum += dpmd::n_features(descriptor);
    return sum;
}

}  // namespace dpmd
