#pragma once
// Where to find the modules, libraries that are loaded when they are needed.
#include <filesystem>
#include <optional>

namespace dpmd {

/// The folder of the library that contains this code.
std::filesystem::path own_folder();
/// The folder of modules in DPMD_MODULES, if it is set. The modules are code, and are run without further checks.
std::optional<std::filesystem::path> chosen_module_folder();
/// The folder of modules: the chosen one, or else the one of this library.
std::filesystem::path module_folder();

}  // namespace dpmd
