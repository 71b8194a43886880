#pragma once
// Recognises files that are not .dpmd models by their first bytes, and says what to do with them.
#include <cstddef>
#include <span>
#include <string>

namespace dpmd {

/// What a file of another format is, in words ("a .pb file of DeePMD-kit, a frozen graph"); empty where its reader
/// should decide whether it is a .dpmd model. `head` holds its first bytes (64 are enough), `path` is the name that the
/// caller gave. Throws InputError for a file that holds no model in any format.
std::string foreign_kind(const std::string& path, std::span<const std::byte> head);

/// "convert it once with: " and the command that does so.
std::string conversion_advice(const std::string& path);

/// Throws InputError when a file begins like one of another format: it names that format, and the command that converts
/// it.
void refuse_foreign_file(const std::string& path, std::span<const std::byte> head);

/// The first bytes of a file; throws InputError when it cannot be read or is not a regular file.
std::string file_head(const std::string& path);

}  // namespace dpmd
