#pragma once
// se_e2_a as the runner drives it. The twin of cpp/src/cpu/local/se_a_prepared.hpp.
#include <vector>

#include "local/descriptor.hpp"
#include "models/local/moment_form.hpp"
#include "models/local/se_a.hpp"

namespace dpmd::gpu {

template <class Real>
PreparedDescriptor<Real> prepare(const SeA& descriptor, const MomentForm* form, const TypePairs& exclusions,
                                 Weights<Real>& weights);

/// The moment form of any descriptor that forms these moments. `constants` [n_types] stand behind the products of
/// moments, or it is empty.
template <class Real>
std::unique_ptr<MomentDescriptor<Real>> prepare_se_a_moments(const MomentForm& form,
                                                             const std::vector<std::vector<double>>& constants,
                                                             const RowDescriptor<Real>& on_rows,
                                                             Weights<Real>& weights);

}  // namespace dpmd::gpu
