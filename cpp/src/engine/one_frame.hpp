#pragma once
// Evaluates one frame of a caller's atoms with the models of an engine.
#include <vector>

#include "dpmd/potential.hpp"
#include "engine/force_engine.hpp"

namespace dpmd {

/// Results of all models of the engine. Throws InputError as ForceEngine::compute does, and where arrays do not fit
/// each other.
std::vector<Result> compute_frame(ForceEngine& engine, const Atoms& atoms, bool atom_virials);

/// Descriptions from the networks, as trained, of the engine's first model, on a backend in host memory. Throws
/// InputError as above.
Description describe_frame(ForceEngine& engine, const Atoms& atoms);

}  // namespace dpmd
