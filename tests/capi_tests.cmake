# The C interface: from C++, and by a C compiler that is as strict as it can be.
dpmd_add_test(c_interface capi/test_c_interface.cpp)
enable_language(C)
add_executable(test_c_program capi/c_program.c)
set_target_properties(test_c_program PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF )
target_compile_options(test_c_program PRIVATE -Wall -Wextra -Wpedantic -Wstrict-prototypes -Werror)
target_link_libraries(test_c_program PRIVATE dpmd m)
add_test(NAME c_program COMMAND test_c_program ${PROJECT_SOURCE_DIR}/examples/water/water_small.dpmd)
