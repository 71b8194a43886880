#pragma once
// What a backend found wrong during an evaluation, in words.
#include <cstdint>
#include <functional>
#include <string>

#include "backend/evaluate.hpp"
#include "models/model_data.hpp"

namespace dpmd {

/// `center_type`: of the centre atom; `name`: the number that the caller knows an atom by, from its place in the list.
std::string describe_fault(const ModelData& model, const EvaluateStatus& status, std::int32_t center_type,
                           const std::function<std::int64_t(std::int32_t)>& name);

}  // namespace dpmd
