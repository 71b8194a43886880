// Finds the backend for a device name. GPU backends are modules, opened on first use.
#include "backend/registry.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

#include "backend/backend.hpp"
#include "core/fork.hpp"
#include "core/module_folder.hpp"
#include "core/text.hpp"
#include "core/threads.hpp"
#include "cpu/cpu_backend.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

constexpr const char* module_kinds[] = {"cuda", "hip"};

// More than any machine has cores. OpenMP keeps a record of each thread on the stack of the thread that starts them,
// which overflows at about ten times this number.
constexpr int most_threads = 4096;

/// A module, or the reason why it cannot be used.
struct OpenModule {
    const DeviceModule* module = nullptr;
    std::string reason;
    bool has_devices = false;
    HomeProcess home = {};  // the process in which it was opened

    /// A GPU driver that was initialised in one process does not work in those forked from it.
    bool is_lost() const { return has_devices && !home.is_here(); }
    DeviceList find_devices() const {
        if (module == nullptr) return {{}, reason};
        if (is_lost())
            return {{}, concat("it is in use in the process that this one was forked from: ", forked_remedy)};
        return module->find_devices();
    }
};

OpenModule open(const std::string& kind) {
    std::error_code ignored;
    const std::filesystem::path folder = module_folder(), path = folder / concat("libdpmd_", kind, ".so");
    if (!std::filesystem::exists(path, ignored)) {
        const std::string reason = chosen_module_folder()
                                       ? concat("there is no ", path.filename().string(), " in DPMD_MODULES = '",
                                                folder.string(), "'; name another folder, or none, or")
                                       : "this installation was built without it;";
        return {nullptr, concat(reason, " build dpmd from source with -C cmake.define.DPMD_",
                                kind == "cuda" ? "CUDA" : "HIP", "=ON where the ", kind, " compiler is installed")};
    }
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return {nullptr, dlerror()};
    void* symbol = dlsym(library, "dpmd_device_module");
    if (symbol == nullptr) return {nullptr, concat(path.string(), " is not a module of dpmd")};
    const auto* module = reinterpret_cast<const DeviceModule* (*)()>(symbol)();
    if (std::strcmp(module->version, device_module_version) != 0)
        return {nullptr, concat(path.string(), " is '", module->version, "', this library is '", device_module_version,
                                "'; install both from one build")};
    return {module, "", !module->find_devices().devices.empty()};
}

/// The module of a kind, opened once and never closed.
const OpenModule& module_of(const std::string& kind) {
    static std::mutex mutex;
    static std::map<std::string, OpenModule>& modules = *new std::map<std::string, OpenModule>;
    const std::lock_guard<std::mutex> lock(mutex);
    const auto found = modules.find(kind);
    return found != modules.end() ? found->second : modules.emplace(kind, open(kind)).first->second;
}

/// Splits "cuda:1" into "cuda" and 1; "cuda" alone is its first device.
bool parse(std::string_view device, std::string& kind, int& number) {
    number = 0;
    const std::size_t colon = device.find(':');
    kind = device.substr(0, colon);
    if (colon == std::string_view::npos) return true;
    const std::string_view digits = device.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc() && end == digits.data() + digits.size() && number >= 0;
}

void require_startable(int n_threads) {
    if (n_threads < 0) throw InputError(concat("threads = ", n_threads, " is negative; use 0 for all cores"));
    const int n = n_threads == 0 ? default_threads() : n_threads;
    if (n > most_threads)
        throw InputError(concat(n_threads == 0 ? "OMP_NUM_THREADS" : "threads", " = ", n, " must be ", most_threads,
                                " or less; as many as there are cores are fastest"));
}

}  // namespace

std::vector<DeviceKind> find_device_kinds() {
    std::vector<DeviceKind> out;
    for (const char* kind : module_kinds) {
        DeviceKind found{kind, module_of(kind).find_devices()};
        for (DeviceDescription& device : found.list.devices)  // the name that opens it, whatever the module calls it
            device.name = concat(kind, device.name.substr(std::min(device.name.find(':'), device.name.size())));
        out.push_back(std::move(found));
    }
    return out;
}

std::shared_ptr<Backend> make_backend(const DeviceOptions& options) {
    require_startable(options.n_threads);
    if (options.device == "cpu") return cpu::make_backend(options.n_threads, options.isa);
    if (options.device == "auto") {
        for (const DeviceKind& kind : find_device_kinds()) {
            if (module_of(kind.name).is_lost())
                throw DeviceError(concat("device 'auto': ", kind.name, ": ", kind.list.reason));
            if (!kind.list.devices.empty()) return module_of(kind.name).module->make_backend(0);
        }
        return cpu::make_backend(options.n_threads, options.isa);
    }
    std::string kind;
    int number = 0;
    bool is_known = false;
    if (parse(options.device, kind, number))
        for (const char* name : module_kinds) is_known |= kind == name;
    if (!is_known)
        throw InputError(concat("device = '", options.device,
                                "' is not one of: cpu, auto, cuda:0, hip:0 (or another "
                                "number)"));
    const OpenModule& open = module_of(kind);
    if (open.module == nullptr || open.is_lost())
        throw DeviceError(concat("device '", options.device, "': ", open.find_devices().reason));
    return open.module->make_backend(number);
}

}  // namespace dpmd
