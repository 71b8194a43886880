#pragma once
// The stages of the evaluation of a local model, the same on all backends.
#include <cstdint>
#include <vector>

#include "backend/evaluate.hpp"

namespace dpmd {

enum class Stage { environment, embedding, descriptor, fitting, forces };
inline constexpr int n_stages = 5;

/// Nanoseconds by stage, summed over threads.
struct StageTimes {
    std::int64_t nanoseconds[n_stages] = {};
};

inline std::vector<StageSeconds> in_seconds(const StageTimes& times) {
    static constexpr const char* names[n_stages] = {"environment", "embedding", "descriptor", "fitting", "forces"};
    std::vector<StageSeconds> out;
    out.reserve(n_stages);
    for (int k = 0; k < n_stages; ++k) out.push_back({names[k], 1e-9 * double(times.nanoseconds[k])});
    return out;
}

}  // namespace dpmd
