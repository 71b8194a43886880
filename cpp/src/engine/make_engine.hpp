#pragma once
// Engines for loaded models. Engines share the models, but each has its own packed weights and backend.
#include <memory>
#include <span>

#include "dpmd/communicator.hpp"
#include "dpmd/potential.hpp"
#include "engine/force_engine.hpp"
#include "engine/host_engine.hpp"

namespace dpmd {

/// An engine with the skin of the options.
std::unique_ptr<ForceEngine> make_engine(const Model& model, const RunOptions& options);
/// An engine on the potential's device, with another skin. Each rank makes one.
std::unique_ptr<ForceEngine> make_engine(const Potential& potential, double skin, std::shared_ptr<Communicator> ranks);
/// An engine for a host code with ghosts and neighbour lists of its own. Throws InputError unless all models take the
/// same types and parameters.
std::unique_ptr<HostListEngine> make_host_list_engine(std::span<const Model> models, const RunOptions& options);

}  // namespace dpmd
