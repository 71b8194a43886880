// A warm MD step allocates nothing, whatever the ensemble.
#include <gtest/gtest.h>

#include <string>

#include "support/counting_allocations.hpp"
#include "support/spring_crystal.hpp"

namespace dpmd::md {
namespace {

using dpmd::testing::n_allocations;

TEST(WarmMdStep, AllocatesNothing) {
    const std::pair<const char*, Ensemble> ensembles[] = {
        {"NVE", Nve{}},
        {"Langevin", Langevin{300, 50}},
        {"NoseHoover", NoseHoover{300, 50, 3}},
        {"Bussi", Bussi{300, 50}},
        {"MTK isotropic", Mtk{300, 1, 50, 200, Coupling::isotropic, 3}},
        {"MTK full", Mtk{300, 1, 50, 200, Coupling::full, 3}},
    };
    for (const auto& [name, ensemble] : ensembles) {
        testing::CrystalRun run(ensemble, 0.5);
        run.draw(300, 1);
        run.step();
        const long before = n_allocations;

        for (int k = 0; k < 20; ++k) run.step();

        EXPECT_EQ(n_allocations - before, 0) << name;
    }
}

}  // namespace
}  // namespace dpmd::md
