#include "models/local/se_t.hpp"

namespace dpmd {

PairFunctions pair_functions(const SeT& descriptor) {
    PairFunctions out;
    const int n_types = descriptor.embedding.n_types;
    for (int a = 0; a < n_types; ++a)
        for (int b = a; b < n_types; ++b) {
            const auto& network = descriptor.embedding.at(a, b);
            if (!network) continue;
            out.pairs.push_back({a, b, descriptor.factor(a, b), out.functions.size(), {}});
            out.functions.push_back({*network});
        }
    return out;
}

}  // namespace dpmd
