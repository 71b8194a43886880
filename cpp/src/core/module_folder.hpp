#pragma once
// Where the libraries stand that are opened when they are needed.
#include <filesystem>
#include <optional>

namespace dpmd {

/// The folder of the library that this code is in.
std::filesystem::path own_folder();
/// Where DPMD_MODULES says that modules stand, if it says anything. They are code, and run as it is.
std::optional<std::filesystem::path> chosen_module_folder();
/// Where modules stand: there, or else beside this library.
std::filesystem::path module_folder();

}  // namespace dpmd
