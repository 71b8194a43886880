#pragma once
// What compression did to a model, in numbers for people.
#include "dpmd/model.hpp"
#include "models/local/compress/report.hpp"
#include "models/model_data.hpp"

namespace dpmd {

/// `bytes_per_number`: of the tables in use.
CompressionInfo describe_compression(const ModelData& model, const CompressionReport& report,
                                     std::size_t bytes_per_number);

}  // namespace dpmd
