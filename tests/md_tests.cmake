# Molecular dynamics and its files.
dpmd_add_test(md_building_blocks md/test_building_blocks.cpp)
dpmd_add_test(md_integrators md/test_integrators.cpp)
dpmd_add_test(md_sampling md/test_sampling.cpp)
dpmd_add_test(md_fixed_atoms md/test_fixed_atoms.cpp)
dpmd_add_test(warm_md_step md/test_warm_md_step.cpp support/counting_allocations.cpp)
dpmd_add_test(trajectory_files io/test_record_file.cpp io/test_frame_formats.cpp)
