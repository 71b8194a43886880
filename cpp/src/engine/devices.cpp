// The devices of this machine.
#include "backend/registry.hpp"
#include "cpu/instruction_set.hpp"
#include "dpmd/potential.hpp"

namespace dpmd {

std::vector<Device> devices() {
    std::vector<Device> out;
    for (const DeviceKind& kind : find_device_kinds()) {
        for (const DeviceDescription& device : kind.list.devices)
            out.push_back({device.name, device.product, device.architecture, device.memory_bytes, ""});
        if (kind.list.devices.empty()) out.push_back({kind.name, "", "", 0, kind.list.reason});
    }
    return out;
}

std::vector<std::string> instruction_sets() { return cpu::usable_instruction_sets(); }

}  // namespace dpmd
