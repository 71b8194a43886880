#pragma once
// What compression did to a model, in numbers for people.
#include "backend/backend.hpp"
#include "dpmd/potential.hpp"

namespace dpmd {

/// `chosen` null: compression was not asked for.
CompressionInfo describe_compression(const ModelSpec& model, const CompressedModel* chosen, Precision precision);

}  // namespace dpmd
