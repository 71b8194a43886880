#pragma once
// One frame of a caller's atoms through the models of an engine.
#include <vector>

#include "dpmd/potential.hpp"
#include "engine/force_engine.hpp"

namespace dpmd {

/// Of all models of the engine. InputError as ForceEngine::compute, and where arrays do not fit each other.
std::vector<Result> compute_frame(ForceEngine& engine, const Atoms& atoms, bool atom_virials);

/// By the networks, as trained, of the engine's first model, on a backend in host memory. InputError as above.
Description describe_frame(ForceEngine& engine, const Atoms& atoms);

}  // namespace dpmd
