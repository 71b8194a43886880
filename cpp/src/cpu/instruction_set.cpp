#include "cpu/instruction_set.hpp"

#include <cstdlib>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "core/text.hpp"
#include "cpu/tile/kernels.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::cpu {
namespace {

#if defined(__x86_64__)
/// The same kernels with a unit for products of bfloat16.
TileKernels with_half_unit(TileKernels kernels, const HalfUnit& unit) {
    kernels.isa = unit.name;
    kernels.half_unit = &unit;
    return kernels;
}

bool has_avx512() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
}

/// Reads bits of CPUID leaf 7 that not every compiler's __builtin_cpu_supports knows.
bool has_amx() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    constexpr unsigned amx_bf16 = 1u << 22, amx_tile = 1u << 24;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & amx_bf16) != 0 && (d & amx_tile) != 0;
}
#endif

std::vector<const TileKernels*> find_usable_kernels() {
    std::vector<const TileKernels*> out;
#if defined(__x86_64__)
    out.push_back(&sse2::tile_kernels());
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) out.push_back(&avx2::tile_kernels());
    if (!has_avx512()) return out;
    out.push_back(&avx512::tile_kernels());
    if (!__builtin_cpu_supports("avx512bf16")) return out;
    // AMD multiplies bfloat16 pairs twice as fast as singles, Intel more slowly (bench/README.md)
    static const TileKernels bf16 = with_half_unit(avx512::tile_kernels(), half_avx512_bf16);
    out.insert(__builtin_cpu_is("amd") ? out.end() : out.end() - 1, &bf16);
    if (!has_amx() || !enable_amx()) return out;
    static const TileKernels amx = with_half_unit(avx512::tile_kernels(), half_amx);
    out.push_back(&amx);
#elif defined(__aarch64__)
    out.push_back(&neon::tile_kernels());
#else
    out.push_back(&generic::tile_kernels());
#endif
    return out;
}

const std::vector<const TileKernels*>& usable_kernels() {
    static const std::vector<const TileKernels*> usable = find_usable_kernels();
    return usable;
}

}  // namespace

std::vector<std::string> usable_instruction_sets() {
    std::vector<std::string> names;
    for (const auto* kernels : usable_kernels()) names.emplace_back(kernels->isa);
    return names;
}

const TileKernels& select_kernels(const std::string& name) {
    const auto& usable = usable_kernels();
    std::string wanted = name;
    const char* from_environment = std::getenv("DPMD_ISA");
    if (wanted.empty() && from_environment != nullptr) wanted = from_environment;
    if (wanted.empty()) return *usable.back();
    std::string choices;
    for (const auto* kernels : usable) {
        if (wanted == kernels->isa) return *kernels;
        choices += concat(choices.empty() ? "" : ", ", kernels->isa);
    }
    throw InputError(concat(name.empty() ? "DPMD_ISA: " : "", "instruction set '", wanted,
                            "' is not usable on this machine; choose one of: ", choices));
}

}  // namespace dpmd::cpu
