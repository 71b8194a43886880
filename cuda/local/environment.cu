#include "local/environment.hpp"

#include <utility>

namespace dpmd::gpu {

template <class Real>
CenterEnvironment prepare_environment(const Environment& environment, int center, std::vector<SectionRule> sections,
                                      Weights<Real>& weights) {
    EnvironmentView view;
    view.range = environment.switch_range();
    view.protection = environment.protection;
    view.inverse_normalization = 1.0 / environment.normalization;
    view.n_components = environment.n_components;
    view.n_types = environment.n_types();
    view.n_slots = environment.n_slots();
    view.slot_order = environment.slot_order;
    for (int k = 0; k < environment.n_components; ++k) {
        view.shift[k] = environment.shift_of(center, k);
        view.inverse_scale[k] = 1.0 / environment.scale_of(center, k);
    }
    view.sections = weights.upload(sections);
    return {view, std::move(sections)};
}

template CenterEnvironment prepare_environment(const Environment&, int, std::vector<SectionRule>, Weights<double>&);
template CenterEnvironment prepare_environment(const Environment&, int, std::vector<SectionRule>, Weights<float>&);

}  // namespace dpmd::gpu
