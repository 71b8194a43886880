# The limits of a GPU: programs for one kind of device, made from the kernels' own sources, that print lines "NAME VALUE
# UNIT". Without a GPU backend they are built for the emulator where there is one, as a test that they work.
if(DPMD_CUDA)
  set(device_language CUDA)
  set(device_backend dpmd_cuda)
elseif(DPMD_HIP)
  set(device_language HIP)
  set(device_backend dpmd_hip)
elseif(TARGET dpmd_gpu_emulated)
  set(device_language CXX)
else()
  return()
endif()

if(NOT device_language STREQUAL "CXX")
  enable_language(${device_language})  # again: a language is enabled only for one folder and those below it
endif()
if(DPMD_CUDA AND NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
endif()

set(gemm_sources nets/device_network.cu nets/gemm_choices.cu nets/gemm_tuner.cu nets/gpu_blas.cu nets/layers.cu nets/layers_matrix.cu
                 nets/layers_plain.cu)
list(TRANSFORM gemm_sources PREPEND ${PROJECT_SOURCE_DIR}/cuda/)
set(core_sources ${PROJECT_SOURCE_DIR}/cpp/src/models/local/environment.cpp
                 ${PROJECT_SOURCE_DIR}/cpp/src/core/available_memory.cpp ${PROJECT_SOURCE_DIR}/cpp/src/core/memory.cpp)
set_source_files_properties(device/device_copy.cu device/device_gemm.cu ${gemm_sources}
                            PROPERTIES LANGUAGE ${device_language})

function(dpmd_add_device_program name)
  add_executable(${name} device/${name}.cu)
  if(device_language STREQUAL "CXX")
    set_source_files_properties(device/${name}.cu PROPERTIES COMPILE_OPTIONS "-x;c++")
    target_link_libraries(${name} PRIVATE dpmd_gpu_emulated)
    add_test(NAME bench.${name} COMMAND ${name} --quick)
    return()
  endif()
  target_sources(${name} PRIVATE ${core_sources} ${ARGN})
  target_link_libraries(${name} PRIVATE dpmd)
  # compiled like the module
  foreach(property COMPILE_DEFINITIONS INCLUDE_DIRECTORIES COMPILE_OPTIONS)
    get_target_property(value ${device_backend} ${property})
    if(value)
      set_target_properties(${name} PROPERTIES ${property} "${value}")
    endif()
  endforeach()
  foreach(property STANDARD STANDARD_REQUIRED EXTENSIONS ARCHITECTURES RUNTIME_LIBRARY)
    get_target_property(value ${device_backend} ${device_language}_${property})
    if(NOT value MATCHES "NOTFOUND")
      set_target_properties(${name} PROPERTIES ${device_language}_${property} "${value}")
    endif()
  endforeach()
endfunction()

dpmd_add_device_program(device_copy)
dpmd_add_device_program(device_gemm ${gemm_sources})
