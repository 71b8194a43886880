#pragma once
// The devices of this machine that a backend can run on.
#include <vector>

#include "backend/module.hpp"

namespace dpmd {

/// One kind of device: "cuda", "hip".
struct DeviceKind {
    const char* name;
    DeviceList list;
};

/// All kinds for which there are modules; the CPU is not among them.
std::vector<DeviceKind> find_device_kinds();

}  // namespace dpmd
