#include "models/local/local_model.hpp"

namespace dpmd {

const Environment& environment_of(const Descriptor& descriptor) {
    return std::visit([](const auto& one) -> const Environment& { return one.environment; }, descriptor);
}

const EmbeddingNets& embedding_of(const Descriptor& descriptor) {
    return std::visit([](const auto& one) -> const EmbeddingNets& { return one.embedding; }, descriptor);
}

int n_features(const Descriptor& descriptor) {
    return std::visit([](const auto& one) { return one.n_features(); }, descriptor);
}

int n_axis_channels(const Descriptor& descriptor) {
    return std::visit([](const auto& one) { return one.n_axis_channels(); }, descriptor);
}

bool uses_zero_rows(const Descriptor& descriptor) {
    return std::visit([](const auto& one) { return one.uses_zero_rows; }, descriptor);
}

const Descriptor& descriptor_at(const LocalModel& model, int k) {
    auto place = std::size_t(k);
    std::size_t term = 0;
    while (place >= model.terms[term].descriptors.size()) place -= model.terms[term++].descriptors.size();
    return model.terms[term].descriptors[place];
}

int NetTerm::n_features() const {
    int sum = 0;
    for (const Descriptor& descriptor : descriptors) sum += dpmd::n_features(descriptor);
    return sum;
}

}  // namespace dpmd
