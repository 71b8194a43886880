// Device names to backends. GPU backends are modules, opened on first use.
#include "backend/backend.hpp"
#include "core/text.hpp"
#include "cpu/cpu_backend.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {

std::shared_ptr<Backend> make_backend(const DeviceOptions& options) {
    if (options.n_threads < 0)
        throw InputError(concat("threads = ", options.n_threads, " is negative; use 0 for all cores"));
    if (options.device == "cpu" || options.device == "auto") return cpu::make_backend(options.n_threads, options.isa);
    throw DeviceError(concat("device '", options.device, "' is not available: this build has the device 'cpu'"));
}

}  // namespace dpmd
