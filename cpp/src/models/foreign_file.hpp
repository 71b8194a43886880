#pragma once
// Recognises files that are not .dpmd models by their first bytes, and says what to do with them.
#include <cstddef>
#include <span>
#include <string>

namespace dpmd {

/// Throws InputError when a file begins like one of another format: it names that format, and the command that converts
/// it. `head` holds its first bytes (64 are enough), `path` is the name that the caller gave.
void refuse_foreign_file(const std::string& path, std::span<const std::byte> head);

/// The first bytes of a file; throws InputError when it cannot be read or is not a regular file.
std::string file_head(const std::string& path);

}  // namespace dpmd
