// Edges and graphs that a host keeps in the memory of a GPU.
#include "handle.hpp"
#include "refused.hpp"

using namespace dpmd::deepmd;

namespace {

void refuse(DP_DeepPot* model) noexcept {
    if (model != nullptr && models_of(model)->engine != nullptr) fail(*models_of(model), no_device_arrays);
}

}  // namespace

bool DP_DeepPotSupportsDeviceEdgeInference(DP_DeepPot* model) noexcept { return false; }
bool DP_DeepPotUsesFP32EdgeVectors(DP_DeepPot* model) noexcept { return false; }
bool DP_DeepPotUsesCanonicalGraphInference(DP_DeepPot* model) noexcept { return false; }

void DP_DeepPotComputeEdgesGPU(DP_DeepPot* model, DP_EDGES(double)) noexcept { refuse(model); }
void DP_DeepPotComputeEdgesGPUFloat32(DP_DeepPot* model, DP_EDGES(float)) noexcept { refuse(model); }
void DP_DeepPotComputeCanonicalGraphGPU(DP_DeepPot* model, double* d_atom_energy, double* d_force,
                                        double* d_atom_virial, DP_GRAPH, int nloc, int nall_nodes,
                                        int64_t edge_storage) noexcept {
    refuse(model);
}
void DP_DeepSpinComputeCanonicalGraphGPU(DP_DeepSpin* model, double* d_atom_energy, double* d_force,
                                         double* d_force_mag, double* d_atom_virial, DP_GRAPH, const float* d_spin,
                                         int nloc, int nall_nodes, int64_t edge_storage) noexcept {}
