#include "printed.hpp"

#include <cstdio>

#include "handle.hpp"

namespace dpmd::deepmd {

void say(const std::string& line) noexcept { std::fprintf(stderr, "dpmd: %s\n", line.c_str()); }

void say_error(Models& models) noexcept {
    if (models.error == models.said_error) return;
    std::fprintf(stderr, "%s\n", models.error.c_str());
    try {
        models.said_error = models.error;
    } catch (...) {  // it is said again, then
    }
}

void say_warning(Models& models) noexcept {
    const char* warning = dpmd_take_warning(models.engine.get());
    if (*warning != '\0')
        std::fprintf(stderr, "dpmd: warning: %s, as by DeePMD-kit (DPMD_OVERFLOW=error makes it an error)\n", warning);
}

void show(const char* prefix, const std::string& line) noexcept {
    std::printf("%s%s\n", prefix != nullptr ? prefix : "", line.c_str());
}

}  // namespace dpmd::deepmd
