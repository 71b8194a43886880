# Several ranks against one.
dpmd_add_test(decomposition parallel/test_decomposition.cpp)
dpmd_add_test(halo parallel/test_halo.cpp)
dpmd_add_test(rank_forces parallel/test_rank_forces.cpp)
dpmd_add_test(rank_simulation parallel/test_rank_simulation.cpp)

# On processes, where there is an mpiexec; on the emulated device, too.
if(DPMD_MPI)
  add_executable(test_mpi_simulation parallel/test_mpi_simulation.cpp)
  target_compile_definitions(test_mpi_simulation PRIVATE DPMD_TREE="${PROJECT_SOURCE_DIR}")
  target_include_directories(test_mpi_simulation PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(test_mpi_simulation PRIVATE dpmd_internal GTest::gtest)
  add_dependencies(test_mpi_simulation dpmd_mpi)
  if(TARGET dpmd_emulated_module)
    target_compile_definitions(test_mpi_simulation
                               PRIVATE DPMD_EMULATED_MODULES="${CMAKE_CURRENT_BINARY_DIR}/gpu/modules")
    add_dependencies(test_mpi_simulation dpmd_emulated_module)
  endif()
  dpmd_add_mpi_test(mpi_simulation test_mpi_simulation)
endif()
