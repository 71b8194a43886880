#pragma once
// The program that converts models of other formats: the command dpmd of the Python package.
#include <chrono>
#include <filesystem>
#include <string>

namespace dpmd {

struct Converter {
    std::filesystem::path command;  ///< the absolute path of the command dpmd; empty where there is none
    std::string refusal;            ///< why there is none
    std::string version;            ///< of the installation that knows the formats; another one may write other files
};

/// The command that was installed with this library, or the one that DPMD_COMMAND names; none where DPMD_CONVERT is 0.
/// It is never searched for in PATH. Throws InputError where a variable makes no sense.
Converter find_converter();

/// Converts the file `source` to the new .dpmd file `target`; the converter's messages go to the file `messages`.
/// Throws InputError with the converter's complaint, in which `source` is called `name`, or with how it failed.
void convert(const Converter& converter, const std::filesystem::path& source, const std::filesystem::path& target,
             const std::filesystem::path& messages, const std::string& name, std::chrono::seconds limit);

}  // namespace dpmd
