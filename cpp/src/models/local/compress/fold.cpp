#include "models/local/compress/fold.hpp"

namespace dpmd::compress {

FittingFold::FittingFold(const Network& fitting) : fitting_(fitting), folded_(fitting.layers.front()) {
    folded_.n_in = 0;
    folded_.weight.clear();
}

Layer FittingFold::take(int n) {
    const Layer& first = fitting_.layers.front();
    Layer out;
    out.n_in = n;
    out.n_out = first.n_out;
    const auto begin = first.weight.begin() + std::ptrdiff_t(n_taken_) * first.n_out;
    out.weight.assign(begin, begin + std::ptrdiff_t(n) * first.n_out);
    n_taken_ += n;
    return out;
}

int FittingFold::next(const Descriptor& descriptor, const std::vector<double>& directions, int n_basis) {
    const Layer own = take(n_features(descriptor));
    const std::vector<double> weight = std::visit(
        [&](const auto& one) -> std::vector<double> {
            if constexpr (requires { fold_weights(one, own, directions, n_basis); })
                return fold_weights(one, own, directions, n_basis);
            else return own.weight;
        },
        descriptor);
    const auto n = static_cast<int>(weight.size() / std::size_t(own.n_out));
    folded_.weight.insert(folded_.weight.end(), weight.begin(), weight.end());
    folded_.n_in += n;
    return n;
}

Network FittingFold::finish() {
    const Layer rest = take(fitting_.layers.front().n_in - n_taken_);
    folded_.weight.insert(folded_.weight.end(), rest.weight.begin(), rest.weight.end());
    folded_.n_in += rest.n_in;
    Network out = fitting_;
    out.layers.front() = folded_;
    return out;
}

}  // namespace dpmd::compress
