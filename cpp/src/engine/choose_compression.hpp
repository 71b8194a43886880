#pragma once
// Compression at load: the smallest moment form whose forces deviate from the exact model's by less than a tolerance.
#include "models/local/moment_form.hpp"

namespace dpmd {

/// Which form of the model runs.
enum class Compression { none, table, moment };

/// The moment form of a model (for `table` with whole bases), measured against the exact nets in double on probe
/// structures; `tolerance` is the largest deviation of a force, eV/Å. When the report has a refusal, there is no moment
/// form and the exact nets must be used.
CompressedModel choose_compression(const ModelSpec& model, Compression form, double tolerance, int n_threads);

}  // namespace dpmd
