#pragma once
// Backends in separate libraries, opened when one of their devices is first asked for, so that libdpmd needs no GPU,
// driver or vendor library.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace dpmd {

class Backend;

struct DeviceDescription {
    std::string name;          ///< as an option takes it: "cuda:0"
    std::string product;       ///< "NVIDIA H200"
    std::string architecture;  ///< "sm_90"
    std::size_t memory_bytes = 0;
    int multiprocessors = 0;
};

/// Devices of one kind that can be used, and if there are none, why.
struct DeviceList {
    std::vector<DeviceDescription> devices;
    std::string reason;
};

/// The return value of a module's function `dpmd_device_module`.
struct DeviceModule {
    const char* version;  ///< must equal this library's: the two are one program in two files
    DeviceList (*find_devices)();
    std::shared_ptr<Backend> (*make_backend)(int device);
};

/// Changes with every release and with the interface of backends.
inline constexpr const char* device_module_version = "dpmd " DPMD_VERSION " backend 3";

}  // namespace dpmd
