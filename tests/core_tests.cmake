# Unit tests of the native core, by the folder of cpp/src they mirror.

# The inner kernels of every instruction set this library has, each compiled as its tile kernels are.
set(dpmd_probe_objects)
foreach(isa sse2 avx2 avx512 neon generic)
  if(TARGET dpmd_tile_${isa})
    add_library(dpmd_probe_${isa} OBJECT kernels/tile_probe.cpp)
    target_compile_definitions(dpmd_probe_${isa} PRIVATE $<TARGET_PROPERTY:dpmd_tile_${isa},COMPILE_DEFINITIONS>)
    target_compile_options(dpmd_probe_${isa} PRIVATE $<TARGET_PROPERTY:dpmd_tile_${isa},COMPILE_OPTIONS>)
    target_include_directories(dpmd_probe_${isa} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ../cpp/include ../cpp/src)
    target_link_libraries(dpmd_probe_${isa} PRIVATE dpmd_build_options)
    list(APPEND dpmd_probe_objects $<TARGET_OBJECTS:dpmd_probe_${isa}>)
  endif()
endforeach()

dpmd_add_test(se_a_reference reference/test_se_a_reference.cpp)
dpmd_add_test(tile_kernels kernels/test_gemm.cpp kernels/test_layer.cpp kernels/tile_probes.cpp ${dpmd_probe_objects})
dpmd_add_test(se_a_evaluator kernels/test_se_a_evaluator.cpp)
dpmd_add_test(describe kernels/test_describe.cpp)
dpmd_add_test(moment_form kernels/test_moment_form.cpp support/counting_allocations.cpp)
dpmd_add_test(half_units kernels/test_half_units.cpp)
dpmd_add_test(compress compress/test_radial_table.cpp compress/test_singular_vectors.cpp)
dpmd_add_test(determinism kernels/test_determinism.cpp)
dpmd_add_test(evaluate_faults kernels/test_evaluate_faults.cpp)
dpmd_add_test(warm_step kernels/test_warm_step.cpp support/counting_allocations.cpp)
dpmd_add_test(neighbor neighbor/test_lattice.cpp neighbor/test_verlet_list.cpp)
dpmd_add_test(model model/test_model_file.cpp model/test_force_engine.cpp)
dpmd_add_test(model_fuzz model/test_model_fuzz.cpp)
dpmd_add_test(committee model/test_committee.cpp)
dpmd_add_test(core core/test_core.cpp core/test_fork.cpp)
dpmd_add_test(io io/test_json.cpp io/test_safetensors.cpp)
dpmd_add_test(math math/test_activation.cpp math/test_fixed_point.cpp math/test_matrix3.cpp math/test_packed_key.cpp
                   math/test_philox.cpp math/test_quintic_table.cpp math/test_switch_and_environment.cpp
                   kernels/tile_probes.cpp ${dpmd_probe_objects})
