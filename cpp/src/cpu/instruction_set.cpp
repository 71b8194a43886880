#include "cpu/instruction_set.hpp"

#include <cstdlib>

#include "core/text.hpp"
#include "cpu/tile/kernels.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::cpu {
namespace {

std::vector<const TileKernels*> usable_kernels() {
    std::vector<const TileKernels*> out;
#if defined(__x86_64__)
    out.push_back(&sse2::tile_kernels());
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) out.push_back(&avx2::tile_kernels());
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw"))
        out.push_back(&avx512::tile_kernels());
#elif defined(__aarch64__)
    out.push_back(&neon::tile_kernels());
#else
    out.push_back(&generic::tile_kernels());
#endif
    return out;
}

}  // namespace

std::vector<std::string> usable_instruction_sets() {
    std::vector<std::string> names;
    for (const auto* kernels : usable_kernels()) names.emplace_back(kernels->isa);
    return names;
}

const TileKernels& select_kernels(const std::string& name) {
    const auto usable = usable_kernels();
    std::string wanted = name;
    const char* from_environment = std::getenv("DPMD_ISA");
    if (wanted.empty() && from_environment != nullptr) wanted = from_environment;
    if (wanted.empty()) return *usable.back();
    std::string choices;
    for (const auto* kernels : usable) {
        if (wanted == kernels->isa) return *kernels;
        choices += concat(choices.empty() ? "" : ", ", kernels->isa);
    }
    throw InputError(concat("instruction set '", wanted, "' is not usable on this machine; choose one of: ", choices));
}

}  // namespace dpmd::cpu
