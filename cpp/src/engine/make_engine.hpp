#pragma once
// Engines for models that are loaded. They share the models; the packed weights are their own, and so is the backend.
#include <memory>
#include <span>

#include "dpmd/communicator.hpp"
#include "dpmd/potential.hpp"
#include "engine/force_engine.hpp"
#include "engine/host_engine.hpp"

namespace dpmd {

/// With the skin of the options.
std::unique_ptr<ForceEngine> make_engine(const Model& model, const RunOptions& options);
/// Where the potential computes, with another skin. Each rank makes one.
std::unique_ptr<ForceEngine> make_engine(const Potential& potential, double skin, std::shared_ptr<Communicator> ranks);
/// For a host code with ghosts and neighbour lists of its own. InputError unless the models take the same.
std::unique_ptr<HostListEngine> make_host_list_engine(std::span<const Model> models, const RunOptions& options);

}  // namespace dpmd
