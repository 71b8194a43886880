#pragma once
// Faults found in a tile: the one of the first atom in list order is kept.
#include "backend/evaluate.hpp"
#include "cpu/tile/vector.hpp"

namespace dpmd::cpu::DPMD_ISA {

DPMD_HD void report(EvaluateStatus& status, const EvaluateStatus& fault) {
    if (status.fault == EvaluateFault::none || fault.atom < status.atom) status = fault;
}

}  // namespace dpmd::cpu::DPMD_ISA
