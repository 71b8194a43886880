#pragma once
// Tests that run once per instruction set this machine can run.
#include <gtest/gtest.h>

#include <string>

#include "cpu/instruction_set.hpp"

namespace dpmd::testing {

class PerInstructionSet : public ::testing::TestWithParam<std::string> {};

inline std::string isa_name(const ::testing::TestParamInfo<std::string>& info) { return info.param; }

}  // namespace dpmd::testing

#define DPMD_INSTANTIATE_PER_ISA(suite)                                                             \
    INSTANTIATE_TEST_SUITE_P(Isa, suite, ::testing::ValuesIn(dpmd::cpu::usable_instruction_sets()), \
                             dpmd::testing::isa_name)
