# What the GPU backend is made of, once for all vendors; paths from this folder. The vendor's compiler reads every one.
set(dpmd_gpu_sources
  lists/cell_grid.cu
  nets/device_network.cu
  nets/gemm_choices.cu
  nets/gemm_tuner.cu
  gpu_backend.cu
  nets/gpu_blas.cu
  lists/atoms.cu
  lists/build_neighbors.cu
  lists/host_lists.cu
  local/cuts.cu
  local/fitting.cu
  local/exact_tile.cu
  motion/integrate.cu
  nets/layers.cu
  nets/layers_matrix.cu
  nets/layers_plain.cu
  lists/lists.cu
  motion/measure.cu
  local/moment_tile.cu
  nets/tables.cu
  local/totals.cu
  module.cu
  lists/radix_sort.cu
  lists/scan.cu
  local/evaluator.cu
  local/runner.cu
  local/se_a_model.cu
)

# Positions and distances have the same bits as on the CPU: products are rounded before they are added.
set(dpmd_gpu_uncontracted_sources
  lists/cell_grid.cu
  lists/atoms.cu
  lists/build_neighbors.cu
  lists/host_lists.cu
  motion/integrate.cu
  lists/lists.cu
  motion/measure.cu
)

# What a module needs of the engine and libdpmd keeps to itself; paths from cpp/src. The host's compiler reads these.
set(dpmd_gpu_core_sources
  models/local/environment.cpp
  models/local/local_model.cpp
  core/available_memory.cpp
  core/memory.cpp
)
