#pragma once
// Tests that run once per backend: every instruction set that this machine can run, the GPU kernels on the emulator
// where it was built, and the GPUs that are found (with their modules in the folder DPMD_MODULES).
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "backend/registry.hpp"
#include "cpu/cpu_backend.hpp"
#include "cpu/instruction_set.hpp"
#ifdef DPMD_TEST_EMULATOR
#include "emulator/emulator.hpp"

namespace dpmd::gpu {
std::shared_ptr<Backend> make_backend(int device);
}
#endif

namespace dpmd::testing {

/// Instruction sets that differ in double and single arithmetic: sets with a unit for bfloat16 products are otherwise
/// AVX-512.
inline std::vector<std::string> arithmetic_instruction_sets() {
    std::vector<std::string> out;
    for (const std::string& isa : cpu::usable_instruction_sets())
        if (isa.find('_') == std::string::npos) out.push_back(isa);
    return out;
}

/// Backends other than the CPU.
inline std::vector<std::string> device_backends() {
    std::vector<std::string> out;
#ifdef DPMD_TEST_EMULATOR
    out = {"emulator", "emulator_64_lanes_reversed"};
#endif
    for (const DeviceKind& kind : find_device_kinds())
        for (const DeviceDescription& device : kind.list.devices) out.push_back(device.name);
    return out;
}

inline std::vector<std::string> with_devices(std::vector<std::string> names) {
    const std::vector<std::string> devices = device_backends();
    names.insert(names.end(), devices.begin(), devices.end());
    return names;
}

/// The backend of an instruction set, of the best one for "", or of one of device_backends().
inline std::shared_ptr<Backend> make_test_backend(const std::string& name, int threads) {
#ifdef DPMD_TEST_EMULATOR
    if (name.rfind("emulator", 0) == 0) {
        const bool is_plain = name == "emulator";
        emulator::options().warp_lanes = is_plain ? 32 : 64;
        emulator::options().reversed = !is_plain;
        return gpu::make_backend(0);
    }
#endif
    if (name.find(':') != std::string::npos) return make_backend({name, threads, ""});
    return cpu::make_backend(threads, name);
}

inline bool is_cpu(const std::string& name) {
    return name.rfind("emulator", 0) != 0 && name.find(':') == std::string::npos;
}

class PerInstructionSet : public ::testing::TestWithParam<std::string> {};
class PerBackend : public ::testing::TestWithParam<std::string> {};

inline std::string backend_name(const ::testing::TestParamInfo<std::string>& info) {
    std::string name = info.param;
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

}  // namespace dpmd::testing

/// For what only the CPU's kernels have.
#define DPMD_INSTANTIATE_PER_ISA(suite)                                                                     \
    INSTANTIATE_TEST_SUITE_P(Isa, suite, ::testing::ValuesIn(dpmd::testing::arithmetic_instruction_sets()), \
                             dpmd::testing::backend_name)

#define DPMD_INSTANTIATE_PER_BACKEND(suite)                                                             \
    INSTANTIATE_TEST_SUITE_P(                                                                           \
        Backend, suite,                                                                                 \
        ::testing::ValuesIn(dpmd::testing::with_devices(dpmd::testing::arithmetic_instruction_sets())), \
        dpmd::testing::backend_name)

/// Once per instruction set, including sets that differ only in products of bfloat16, and once per device.
#define DPMD_INSTANTIATE_PER_HALF_BACKEND(suite)                                                                     \
    INSTANTIATE_TEST_SUITE_P(Backend, suite,                                                                         \
                             ::testing::ValuesIn(dpmd::testing::with_devices(dpmd::cpu::usable_instruction_sets())), \
                             dpmd::testing::backend_name)
