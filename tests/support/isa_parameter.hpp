#pragma once
// Tests that run once per instruction set this machine can run.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cpu/instruction_set.hpp"

namespace dpmd::testing {

class PerInstructionSet : public ::testing::TestWithParam<std::string> {};

/// Sets that differ in double and single arithmetic: those with a unit for bfloat16 products are AVX-512 otherwise.
inline std::vector<std::string> arithmetic_instruction_sets() {
    std::vector<std::string> out;
    for (const std::string& isa : cpu::usable_instruction_sets())
        if (isa.find('_') == std::string::npos) out.push_back(isa);
    return out;
}

inline std::string isa_name(const ::testing::TestParamInfo<std::string>& info) { return info.param; }

}  // namespace dpmd::testing

#define DPMD_INSTANTIATE_PER_ISA(suite)                                                                     \
    INSTANTIATE_TEST_SUITE_P(Isa, suite, ::testing::ValuesIn(dpmd::testing::arithmetic_instruction_sets()), \
                             dpmd::testing::isa_name)

/// Once per set, those that differ only in products of bfloat16 included.
#define DPMD_INSTANTIATE_PER_HALF_ISA(suite)                                                        \
    INSTANTIATE_TEST_SUITE_P(Isa, suite, ::testing::ValuesIn(dpmd::cpu::usable_instruction_sets()), \
                             dpmd::testing::isa_name)
