// The interface of a module to the library that opens it.
#include "gpu_backend.hpp"

extern "C" __attribute__((visibility("default"))) const dpmd::DeviceModule* dpmd_device_module() {
    static const dpmd::DeviceModule module{dpmd::device_module_version, &dpmd::gpu::find_devices,
                                           &dpmd::gpu::make_backend};
    return &module;
}
