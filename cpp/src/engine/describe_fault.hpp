#pragma once
// Describes in words what a backend found wrong during an evaluation.
#include <cstdint>
#include <functional>
#include <string>

#include "backend/evaluate.hpp"
#include "models/model_data.hpp"

namespace dpmd {

/// `center_type` is the type of the centre atom; `name` turns a place in the list into the caller's number of that
/// atom.
std::string describe_fault(const ModelData& model, const EvaluateStatus& status, std::int32_t center_type,
                           const std::function<std::int64_t(std::int32_t)>& name);

}  // namespace dpmd
