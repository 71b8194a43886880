#pragma once
// se_e3 as the runner drives it. The twin of cpp/src/cpu/local/se_t_prepared.hpp.
#include "local/descriptor.hpp"
#include "models/local/angle_tables.hpp"
#include "models/local/pair_functions.hpp"
#include "models/local/se_t.hpp"

namespace dpmd::gpu {

/// What a descriptor of pairs of neighbours is: its functions, what its centre types see, and the constants
/// [n_types][n_constants] behind its channels.
struct PairDescriptor {
    PairFunctions functions;
    const Environment& environment;
    std::vector<std::vector<SectionRule>> sections;  ///< [n_types][n_types]
    std::vector<double> constants;
    int n_constants = 0;

    template <class Descriptor>
    PairDescriptor(const Descriptor& descriptor, const TypePairs& exclusions)
        : functions(pair_functions(descriptor)), environment(descriptor.environment) {
        for (int i = 0; i < environment.n_types(); ++i) {
            auto& row = sections.emplace_back();
            for (int j = 0; j < environment.n_types(); ++j)
                row.push_back(section_rule(environment, descriptor.has_network(i, j), exclusions, i, j));
        }
    }
};

template <class Real>
PreparedDescriptor<Real> prepare_pairs(const PairDescriptor& descriptor, const AngleTables* form,
                                       Weights<Real>& weights);

template <class Real>
PreparedDescriptor<Real> prepare(const SeT& descriptor, const AngleTables* form, const TypePairs& exclusions,
                                 Weights<Real>& weights) {
    return prepare_pairs(PairDescriptor(descriptor, exclusions), form, weights);
}

}  // namespace dpmd::gpu
