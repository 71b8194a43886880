# What is installed, by component:
#   runtime      the library
#   development  headers and the package that find_package(dpmd) reads
#   python       the extension (python/CMakeLists.txt), for a prefix that is the package's folder
# A wheel holds all of them below dpmd/, so that the package is the same in a wheel and in an install tree.
include(CMakePackageConfigHelpers)

set(dpmd_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/dpmd)
install(TARGETS dpmd EXPORT dpmdTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
if(DPMD_MPI)
  install(TARGETS dpmd_mpi LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime)
endif()
install(DIRECTORY include/dpmd DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
install(EXPORT dpmdTargets NAMESPACE dpmd:: DESTINATION ${dpmd_package_dir} COMPONENT development)

configure_package_config_file(cmake/dpmdConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/dpmdConfig.cmake
  INSTALL_DESTINATION ${dpmd_package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/dpmdConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/dpmdConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/dpmdConfigVersion.cmake
  DESTINATION ${dpmd_package_dir} COMPONENT development)
