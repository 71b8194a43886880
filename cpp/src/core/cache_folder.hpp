#pragma once
// The folder for what dpmd can make again: converted models, and choices that were measured.
#include <filesystem>
#include <system_error>

namespace dpmd {

/// The folder DPMD_CACHE, or else dpmd/ in XDG_CACHE_HOME or ~/.cache, as an absolute path; empty where none is named.
std::filesystem::path cache_folder();

/// Makes a folder that only its owner may enter, and those above it; no error where there is one already.
std::error_code make_private_folder(const std::filesystem::path& folder);

/// Throws InputError where somebody else could change what a folder holds: it belongs to a user other than this one and
/// root, or its group or others may write to it.
void require_private_folder(const std::filesystem::path& folder);

}  // namespace dpmd
