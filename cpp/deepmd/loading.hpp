#pragma once
// Models for handles: from files, from their contents, or not at all.
#include <span>

#include "handle.hpp"

namespace dpmd::deepmd {

/// A model file of a host.
struct ModelFile {
    const char* name;               ///< its path
    const char* content = nullptr;  ///< its bytes, and `name` is only for messages
    std::size_t size = 0;
};

/// Loads models that compute together. When that fails, the handle has an error. Null when memory has run out.
Models* load(std::span<const ModelFile> files, int gpu_rank) noexcept;
/// A handle with nothing but an error.
Models* refused(const char* reason, std::size_t n_models = 1) noexcept;

}  // namespace dpmd::deepmd
