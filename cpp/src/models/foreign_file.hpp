#pragma once
// Files that are no .dpmd models, told by their first bytes, and what to do with them.
#include <cstddef>
#include <span>
#include <string>

namespace dpmd {

/// InputError when a file begins as one of another format does: it names that format, and the command that converts it.
/// `head` holds its first bytes (64 are enough), `path` is how the caller named it.
void refuse_foreign_file(const std::string& path, std::span<const std::byte> head);

/// The first bytes of a file; InputError when it cannot be read or is no regular file.
std::string file_head(const std::string& path);

}  // namespace dpmd
