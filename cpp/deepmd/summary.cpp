// What this library is and how it is set, for the logs of hosts.
#include "deepmd/c_api.h"
#include "handle.hpp"
#include "printed.hpp"
#include "settings.hpp"

using namespace dpmd::deepmd;

void DP_PrintSummary(const char* prefix) noexcept {
    try {
        show(prefix, std::string("dpmd ") + dpmd_version() + " in the place of DeePMD-kit");
        show(prefix, settings_of_environment().line());
    } catch (const std::exception& error) {  // a setting is wrong, which every model will say, too
        say(error.what());
    }
}
