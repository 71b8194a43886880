#include "models/local/local_model.hpp"

namespace dpmd {

const Environment& environment_of(const Descriptor& descriptor) {
    return std::visit([](const auto& one) -> const Environment& { return one.environment; }, descriptor);
}

const EmbeddingNets* embedding_of(const Descriptor& descriptor) {
    return std::visit(
        [](const auto& one) -> const EmbeddingNets* {
            if constexpr (requires { one.embedding; }) return &one.embedding;
            else return nullptr;
        },
        descriptor);
}

bool has_network(const Descriptor& descriptor, int center, int neighbor) {
    const EmbeddingNets* nets = embedding_of(descriptor);
    return nets == nullptr || nets->at(center, neighbor).has_value();
}

void for_each_network(const Descriptor& descriptor, const std::function<void(const Network&)>& f) {
    std::visit(
        [&](const auto& one) {
            if constexpr (requires { one.embedding; }) {
                for (const auto& row : one.embedding.nets)
                    for (const auto& network : row)
                        if (network) f(*network);
            } else {
                one.for_each_network(f);
            }
        },
        descriptor);
}

int n_features(const Descriptor& descriptor) {
    return std::visit([](const auto& one) { return one.n_features(); }, descriptor);
}

int n_axis_channels(const Descriptor& descriptor) {
    return std::visit(
        [](const auto& one) {
            if constexpr (requires { one.n_axis_channels(); }) return one.n_axis_channels();
            else return 0;
        },
        descriptor);
}

bool uses_zero_rows(const Descriptor& descriptor) {
    return std::visit(
        [](const auto& one) {
            if constexpr (requires { one.uses_zero_rows; }) return one.uses_zero_rows;
            else return false;
        },
        descriptor);
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
