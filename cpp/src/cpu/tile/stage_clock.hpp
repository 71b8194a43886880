#pragma once
// Adds the time since the last call to a stage.
#include "backend/local_stages.hpp"
#include "core/clock.hpp"
#include "cpu/tile/vector.hpp"

namespace dpmd::cpu::DPMD_ISA {

class StageClock {
public:
    explicit StageClock(StageTimes& times) : times_(times), last_(nanoseconds()) {}
    void ends(Stage stage) {
        const std::int64_t now = nanoseconds();
        times_.nanoseconds[int(stage)] += now - last_;
        last_ = now;
    }

private:
    StageTimes& times_;
    std::int64_t last_;
};

}  // namespace dpmd::cpu::DPMD_ISA
