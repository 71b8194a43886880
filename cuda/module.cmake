# dpmd_add_gpu_module(NAME LANGUAGE): the module of one vendor, made from the sources that all share. The including
# folder has the vendor's version of the platform in platform/.
function(dpmd_add_gpu_module name language)
  set(gpu_dir ${PROJECT_SOURCE_DIR}/cuda)
  set(core_dir ${PROJECT_SOURCE_DIR}/cpp/src)
  list(TRANSFORM dpmd_gpu_sources PREPEND ${gpu_dir}/)
  list(TRANSFORM dpmd_gpu_core_sources PREPEND ${core_dir}/)
  set_source_files_properties(${dpmd_gpu_sources} PROPERTIES LANGUAGE ${language})
  list(TRANSFORM dpmd_gpu_uncontracted_sources PREPEND ${gpu_dir}/)
  set_source_files_properties(${dpmd_gpu_uncontracted_sources} PROPERTIES
                              COMPILE_OPTIONS $<IF:$<STREQUAL:${language},CUDA>,-fmad=false,-ffp-contract=off>)

  add_library(${name} MODULE ${dpmd_gpu_sources} ${dpmd_gpu_core_sources})
  target_include_directories(${name} PRIVATE platform ${gpu_dir} ${core_dir})
  target_compile_definitions(${name} PRIVATE DPMD_VERSION="${PROJECT_VERSION}")
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-math-errno>)
  target_link_libraries(${name} PRIVATE dpmd)
  # all symbols must be found now, not when a user opens the module; a vendor's static libraries stay private to it
  target_link_options(${name} PRIVATE LINKER:-z,defs LINKER:--exclude-libs,ALL)

  # it is next to libdpmd, both in the build tree and where it is installed
  get_target_property(beside dpmd BINARY_DIR)
  set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${beside} INSTALL_RPATH "$ORIGIN")
  install(TARGETS ${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime)
endfunction()
