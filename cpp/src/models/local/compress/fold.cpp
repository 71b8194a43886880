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

int FittingFold::put(const std::vector<double>& weight) {
    const auto n = static_cast<int>(weight.size() / std::size_t(folded_.n_out));
    folded_.weight.insert(folded_.weight.end(), weight.begin(), weight.end());
    folded_.n_in += n;
    return n;
}

Network FittingFold::finish() {
    put(take(fitting_.layers.front().n_in - n_taken_).weight);
    Network out = fitting_;
    out.layers.front() = folded_;
    return out;
}

}  // namespace dpmd::compress
