# Ranks.
dpmd_add_test(comm comm/communicator_cases.cpp comm/test_collective_calls.cpp comm/test_mpi_world.cpp comm/test_thread_ranks.cpp)

# dpmd_add_mpi_test(NAME TARGET): the program on 1, 2 and 4 processes, where there is an mpiexec.
find_program(DPMD_MPIEXEC mpiexec DOC "mpiexec for the tests of ranks")
# for Open MPI: in a container, and with more ranks than cores
set(dpmd_mpi_environment OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe OMPI_MCA_rmaps_base_oversubscribe=1)
function(dpmd_add_mpi_test name target)
  if(NOT DPMD_MPIEXEC)
    return()
  endif()
  foreach(n_ranks 1 2 4)
    add_test(NAME ${name}.${n_ranks} COMMAND ${DPMD_MPIEXEC} -n ${n_ranks} $<TARGET_FILE:${target}>)
    set_tests_properties(
      ${name}.${n_ranks} PROPERTIES PROCESSORS ${n_ranks} TIMEOUT 300
      ENVIRONMENT "${dpmd_mpi_environment};DPMD_MODULES=$<TARGET_FILE_DIR:dpmd_mpi>;DPMD_TEST_RANKS=${n_ranks}")
  endforeach()
endfunction()

# The same cases on processes.
if(DPMD_MPI)
  add_executable(test_mpi_ranks comm/communicator_cases.cpp comm/test_mpi_ranks.cpp)
  target_include_directories(test_mpi_ranks PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_definitions(test_mpi_ranks PRIVATE DPMD_MPI_MODULE="$<TARGET_FILE:dpmd_mpi>")
  target_link_libraries(test_mpi_ranks PRIVATE dpmd_internal GTest::gtest)
  add_dependencies(test_mpi_ranks dpmd_mpi)
  dpmd_add_mpi_test(mpi_ranks test_mpi_ranks)
  if(DPMD_MPIEXEC)
    add_test(NAME mpi_ranks.abort COMMAND ${DPMD_MPIEXEC} -n 2 $<TARGET_FILE:test_mpi_ranks>
             --gtest_filter=*DISABLED_abort* --gtest_also_run_disabled_tests)
    set_tests_properties(
      mpi_ranks.abort
      PROPERTIES PROCESSORS 2 TIMEOUT 300 ENVIRONMENT "${dpmd_mpi_environment};DPMD_MODULES=$<TARGET_FILE_DIR:dpmd_mpi>"
                 PASS_REGULAR_EXPRESSION "dpmd: rank 1 has failed: out of patience"
                 FAIL_REGULAR_EXPRESSION "came through the barrier")
  endif()
endif()

# What the module takes for granted about MPI, against the headers of both families; the library stands beside them.
set(DPMD_MPICH_INCLUDE "" CACHE PATH "Folder of MPICH's mpi.h, for a test")
set(DPMD_OPENMPI_INCLUDE "" CACHE PATH "Folder of Open MPI's mpi.h, for a test")
function(dpmd_add_mpi_abi_check name include library)
  add_executable(check_mpi_abi_${name} comm/check_mpi_abi.cpp)
  target_include_directories(check_mpi_abi_${name} SYSTEM PRIVATE ${include})
  target_compile_definitions(check_mpi_abi_${name} PRIVATE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX ${ARGN})
  target_link_libraries(check_mpi_abi_${name} PRIVATE dpmd_internal ${include}/../lib/${library})
  target_link_options(check_mpi_abi_${name} PRIVATE LINKER:-rpath,${include}/../lib LINKER:--no-as-needed
                                                    LINKER:--allow-shlib-undefined)
  add_test(NAME mpi_abi.${name} COMMAND check_mpi_abi_${name})
endfunction()
if(DPMD_MPICH_INCLUDE)
  dpmd_add_mpi_abi_check(mpich ${DPMD_MPICH_INCLUDE} libmpi.so)
  if(EXISTS ${DPMD_MPICH_INCLUDE}/mpi_abi.h)
    dpmd_add_mpi_abi_check(standard ${DPMD_MPICH_INCLUDE} libmpi_abi.so MPI_ABI)
  endif()
endif()
if(DPMD_OPENMPI_INCLUDE)
  dpmd_add_mpi_abi_check(openmpi ${DPMD_OPENMPI_INCLUDE} libmpi.so)
endif()
