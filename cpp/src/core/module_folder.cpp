#include "core/module_folder.hpp"

#include <dlfcn.h>

#include <cstdlib>

namespace dpmd {

std::filesystem::path own_folder() {
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0 || info.dli_fname == nullptr) return {};
    std::error_code ignored;
    return std::filesystem::absolute(info.dli_fname, ignored).lexically_normal().parent_path();
}

std::optional<std::filesystem::path> chosen_module_folder() {
    const char* chosen = std::getenv("DPMD_MODULES");
    if (chosen == nullptr || *chosen == 0) return std::nullopt;
    return chosen;
}

std::filesystem::path module_folder() { return chosen_module_folder().value_or(own_folder()); }

}  // namespace dpmd
