#pragma once
// Compression at load: the smallest moment form whose forces deviate from those of the networks as trained by less than
// a tolerance.
#include <memory>

#include "models/local/compress/report.hpp"
#include "models/model_data.hpp"

namespace dpmd {

/// Which form of the model runs.
enum class Compression { none, table, moment };

struct ChosenForm {
    std::shared_ptr<const ModelData> model;  ///< the compressed model, or the given one when the report has a refusal
    CompressionReport report;
};

/// The moment form of a model (for `table` with full bases), measured against the networks in double precision on probe
/// structures; `tolerance` is the largest deviation of a force, eV/Å.
ChosenForm choose_compression(const std::shared_ptr<const ModelData>& model, Compression form, double tolerance,
                              int n_threads);

}  // namespace dpmd
