#pragma once
// Values and names as shown in messages: on one line, not too long, and in the same words as in Python.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "importers/value.hpp"

namespace dpmd::importers {

/// The shortest text that reads back to the same bits, as Python's repr writes it: "6.0", "1e-05".
std::string shown(double value);
/// In quotes, with escapes for line breaks and other control characters.
std::string shown(std::string_view text);
std::string shown(const char* text) = delete;
std::string shown(const std::vector<std::int64_t>& values);
std::string shown(const std::vector<int>& values);
std::string shown(const Value& value);

/// The first `n` characters of a text.
std::string_view first_characters(std::string_view text, std::size_t n);

}  // namespace dpmd::importers
