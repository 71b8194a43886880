#pragma once
// Runs another program to its end.
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace dpmd {

struct Program {
    std::filesystem::path path;            ///< absolute: PATH is not searched
    std::vector<std::string> arguments;    ///< those behind the program's own name; no shell sees them
    std::vector<std::string> environment;  ///< all of it, as "NAME=value"
    std::filesystem::path messages;        ///< the file for what it writes to its standard error stream
    std::chrono::seconds limit{};          ///< it is killed when it takes longer
};

/// Runs a program and waits for its end. It reads nothing, what it writes to its standard output is dropped, and no
/// open file of this process reaches it. Gives an empty text where its exit status was 0, and else says how it ended.
std::string run_program(const Program& program);

}  // namespace dpmd
