#pragma once
// Where the libraries stand that are opened when they are needed.
#include <filesystem>

namespace dpmd {

/// The folder of the library that this code is in.
std::filesystem::path own_folder();
/// Where modules stand: beside this library, or where DPMD_MODULES says.
std::filesystem::path module_folder();

}  // namespace dpmd
