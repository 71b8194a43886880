#pragma once
// Building messages.
#include <sstream>
#include <string>

namespace dpmd {

/// All arguments as text, one after the other.
template <class... Args>
std::string concat(const Args&... args) {
    std::ostringstream out;
    out.precision(10);
    (out << ... << args);
    return out.str();
}

}  // namespace dpmd
