#pragma once
// The environment of a centre type as kernels see it: cutoff, sections and the normalisation of rows.
#include <utility>
#include <vector>

#include "local/weights.hpp"
#include "models/local/environment.hpp"

namespace dpmd::gpu {

/// Plain data, passed by value.
struct EnvironmentView {
    SwitchRange range{};
    double protection = 0;
    double shift[4] = {}, inverse_scale[4] = {};  ///< environment row: (R - davg) / dstd
    double inverse_normalization = 1;             ///< 1/N
    int n_components = 4;                         ///< of a row: 4 or 1
    int n_types = 0, n_slots = 0;
    SlotOrder slot_order = SlotOrder::by_type;
    bool rows_by_atom = false;              ///< those of an atom side by side, else those of a type
    const SectionRule* sections = nullptr;  ///< [n_types] in device memory
};

/// The same with what the host asks for.
struct CenterEnvironment {
    EnvironmentView view;
    std::vector<SectionRule> sections;  ///< [n_types]

    /// Row component k of an empty slot, normalised.
    double empty_row(int k) const { return -view.shift[k] * view.inverse_scale[k]; }
};

template <class Real>
CenterEnvironment prepare_environment(const Environment& environment, int center, std::vector<SectionRule> sections,
                                      Weights<Real>& weights);

/// What a centre type of a descriptor sees of the neighbours.
template <class One, class Real>
CenterEnvironment environment_of_center(const One& descriptor, const TypePairs& exclusions, int center,
                                        Weights<Real>& weights) {
    std::vector<SectionRule> sections;
    for (int t = 0; t < descriptor.environment.n_types(); ++t)
        sections.push_back(
            section_rule(descriptor.environment, descriptor.has_network(center, t), exclusions, center, t));
    return prepare_environment(descriptor.environment, center, std::move(sections), weights);
}

}  // namespace dpmd::gpu
