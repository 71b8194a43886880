#pragma once
#include <memory>
#include <string>

#include "backend/backend.hpp"

namespace dpmd::cpu {

/// n_threads 0: as OpenMP decides. `isa` as in DeviceOptions.
std::shared_ptr<Backend> make_backend(int n_threads, const std::string& isa);

}  // namespace dpmd::cpu
