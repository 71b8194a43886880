# What the GPU backend is made of, once for all vendors; paths from this folder. The vendor's compiler reads every one.
set(dpmd_gpu_sources
  cell_grid.cu
  device_network.cu
  gemm_choices.cu
  gemm_tuner.cu
  gpu_backend.cu
  gpu_blas.cu
  kernels/atoms.cu
  kernels/build_neighbors.cu
  kernels/cuts.cu
  kernels/energies.cu
  kernels/exact.cu
  kernels/integrate.cu
  kernels/layers.cu
  kernels/layers_matrix.cu
  kernels/layers_plain.cu
  kernels/lists.cu
  kernels/measure.cu
  kernels/moments.cu
  kernels/tables.cu
  kernels/totals.cu
  module.cu
  radix_sort.cu
  scan.cu
  se_a_evaluator.cu
  se_a_model.cu
)

# Positions and distances have the same bits as on the CPU: products are rounded before they are added.
set(dpmd_gpu_uncontracted_sources
  cell_grid.cu
  kernels/atoms.cu
  kernels/build_neighbors.cu
  kernels/integrate.cu
  kernels/lists.cu
  kernels/measure.cu
)

# What a module needs of the engine and libdpmd keeps to itself; paths from cpp/src. The host's compiler reads these.
set(dpmd_gpu_core_sources
  backend/model_spec.cpp
  core/available_memory.cpp
  core/memory.cpp
)
