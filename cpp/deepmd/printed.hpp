#pragma once
// The lines that this library prints. Nothing else in it prints.
#include <string>

namespace dpmd::deepmd {

struct Models;

/// A line on the standard error stream, which begins with "dpmd: ".
void say(const std::string& line) noexcept;
/// The error of an object, for hosts that never ask for it; the same error is said once.
void say_error(Models& models) noexcept;
/// What the engine warns of, once.
void say_warning(Models& models) noexcept;
/// A line on the standard output, in the order of what the host prints.
void show(const char* prefix, const std::string& line) noexcept;

}  // namespace dpmd::deepmd
