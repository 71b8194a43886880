#pragma once
// Families of models that dpmd does not run. Their objects have an error from the beginning, so that hosts stop with
// its text; their functions do nothing but keep it.
#pragma GCC diagnostic ignored "-Wunused-parameter"

namespace dpmd::deepmd {

constexpr const char* no_spin_models =
    "models with spins are not supported, dpmd runs energy models; use the libdeepmd_c.so of DeePMD-kit";
constexpr const char* no_tensor_models =
    "models of dipoles and polarizabilities are not supported, dpmd runs energy models; use the libdeepmd_c.so of "
    "DeePMD-kit";
constexpr const char* no_long_range_models =
    "models with long-range charges are not supported, dpmd runs energy models; use the libdeepmd_c.so of DeePMD-kit";
constexpr const char* no_device_arrays =
    "edges and graphs in the memory of a GPU are not supported; DPMD_DEVICE=cuda computes on a GPU from lists in host "
    "memory";

}  // namespace dpmd::deepmd
