#pragma once
#include <string>

namespace dpmd::emulator {

/// Name of a function from the symbol table of the file that holds it, so that hidden and static ones are found; its
/// address if the file is stripped.
std::string kernel_name(const void* function);

}  // namespace dpmd::emulator
