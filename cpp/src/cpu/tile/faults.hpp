#pragma once
// What a tile found wrong: the first atom in list order wins.
#include "backend/evaluate.hpp"
#include "cpu/tile/vector.hpp"

namespace dpmd::cpu::DPMD_ISA {

DPMD_HD void report(EvaluateStatus& status, const EvaluateStatus& fault) {
    if (status.fault == EvaluateFault::none || fault.atom < status.atom) status = fault;
}

}  // namespace dpmd::cpu::DPMD_ISA
