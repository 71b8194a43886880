// What is particular to se_e2_r on every backend.
#include <gtest/gtest.h>

#include <set>

#include "support/backend_parameter.hpp"
#include "support/equals_reference.hpp"
#include "support/random_radial_models.hpp"

namespace dpmd {
namespace {

using testing::EngineResult;

class SeREvaluator : public testing::PerBackend {};

TEST_P(SeREvaluator, ExcludedPairsFollowTheRuleOfTheFile) {
    const reference::System system = testing::random_system(testing::box_kind("open"), 30, 2, 1.0, 1);
    std::set<double> energies;
    for (const ModelData& model : testing::radial_models_with_exclusions(2)) {
        const EngineResult got = testing::compute(*testing::make_engine(model, {GetParam()}), system);

        testing::expect_equal_reference(got, reference::evaluate(model, system));
        energies.insert(got.energy);
    }
    EXPECT_EQ(energies.size(), 3u);
}

DPMD_INSTANTIATE_PER_BACKEND(SeREvaluator);

}  // namespace
}  // namespace dpmd
