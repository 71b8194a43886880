# Several ranks against one.
dpmd_add_test(decomposition parallel/test_decomposition.cpp)
dpmd_add_test(halo parallel/test_halo.cpp)
dpmd_add_test(rank_forces parallel/test_rank_forces.cpp)
dpmd_add_test(rank_simulation parallel/test_rank_simulation.cpp)
