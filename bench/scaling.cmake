# A step on many ranks. The program is in a separate folder, because it takes no options of google-benchmark.
set(scaling_sources scaling/bench_scaling.cpp scaling/halo_shapes.cpp scaling/md_run.cpp scaling/options.cpp
                    scaling/plan.cpp scaling/plan_system.cpp scaling/transport.cpp)
add_executable(bench_scaling ${scaling_sources})
target_include_directories(bench_scaling PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(bench_scaling PRIVATE dpmd_bench)
set_target_properties(bench_scaling PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/scaling)
if(DPMD_MPI)
  add_dependencies(bench_scaling dpmd_mpi)
endif()
