// Whole runs on ranks that are processes, compared with the same run on one rank; run under mpiexec. A failure on any
// rank ends the job, so that the others do not wait.
#include <gtest/gtest.h>

#include <cstdlib>

#include "parallel/rank_systems.hpp"

namespace dpmd {
namespace {

using testing::Seen;
using testing::Water;

Seen run(const std::shared_ptr<const Potential>& potential, const Water& water, std::int64_t steps,
         const std::shared_ptr<Communicator>& ranks) {
    Simulation simulation(potential, water.start(), water.options, {ranks});
    simulation.initialize_velocities(330, 5);
    return testing::watched_run(simulation, steps);
}

TEST(MpiSimulation, HasTheBitsOfOneRank) {
    for (const Ensemble& ensemble : {Ensemble(Nve{}), Ensemble(Mtk{330, 1, 50, 200, Coupling::full, 3})})
        for (Water water : {Water::cube(), Water::tilted()}) {
            water.options.ensemble = ensemble;
            const auto potential = testing::water_potential();
            EXPECT_EQ(run(potential, water, 40, mpi_world()), run(potential, water, 40, make_single_rank()));
        }
    const auto potential = testing::water_potential();
    for (const Water& water :
         {Water::droplet(), Water::slab(), Water::wire(), Water::cube(2), Water::cube(2).with_fixed(2)})
        EXPECT_EQ(run(potential, water, 40, mpi_world()), run(potential, water, 40, make_single_rank()));
}

#ifdef DPMD_EMULATED_MODULES
TEST(MpiSimulation, HasTheBitsOfOneDeviceOnSeveral) {
    // messages pass through the host; the emulator reports a fault where the two memories are mixed up
    Water water = Water::cube(2);
    water.options.skin = 0.05;
    const auto potential = testing::water_potential("cuda:0");
    const Seen together = run(potential, water, 10, mpi_world());
    const Seen alone = run(potential, water, 10, make_single_rank());
    EXPECT_GT(alone.builds, 1);
    EXPECT_EQ(together.positions, alone.positions);
    EXPECT_EQ(together.forces, alone.forces);
    EXPECT_EQ(together.energies, alone.energies);
}
#endif

}  // namespace
}  // namespace dpmd

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    const auto ranks = dpmd::mpi_world();
#ifdef DPMD_EMULATED_MODULES
    setenv("DPMD_MODULES", DPMD_EMULATED_MODULES, 1);  // the MPI module is already open
#endif
    const int status = RUN_ALL_TESTS();
    if (status != 0 && ranks->size() > 1) ranks->abort("a test failed");
    return status;
}
