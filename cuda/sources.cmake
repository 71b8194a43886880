# What the GPU backend is made of, once for all vendors; paths from this folder. The vendor's compiler reads every one.
set(dpmd_gpu_sources
  gpu_backend.cu
  lists/atoms.cu
  lists/build_neighbors.cu
  lists/cell_grid.cu
  lists/host_lists.cu
  lists/lists.cu
  lists/radix_sort.cu
  lists/scan.cu
  local/cuts.cu
  local/descriptors.cu
  local/embedding.cu
  local/environment.cu
  local/evaluator.cu
  local/fitting.cu
  local/radial_tables.cu
  local/rows.cu
  local/runner.cu
  local/scatter.cu
  local/se_a.cu
  local/se_a_moment.cu
  local/se_a_prepared.cu
  local/term.cu
  local/totals.cu
  module.cu
  motion/integrate.cu
  motion/measure.cu
  nets/device_network.cu
  nets/gemm_choices.cu
  nets/gemm_tuner.cu
  nets/gpu_blas.cu
  nets/layers.cu
  nets/layers_matrix.cu
  nets/layers_plain.cu
  nets/tables.cu
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
