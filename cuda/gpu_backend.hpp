#pragma once
// The backend of one GPU, and a list of the GPUs.
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "backend/module.hpp"

namespace dpmd::gpu {

/// Throws DeviceError when there is no such device.
std::shared_ptr<Backend> make_backend(int device);
/// The devices, or why there are none.
DeviceList find_devices();

}  // namespace dpmd::gpu
