#pragma once
// How much memory a model takes.
#include <cstddef>

#include "models/model_data.hpp"

namespace dpmd {

/// The memory that grows with the size of a model, bytes: its networks, tables, and what compression has added.
std::size_t bytes_of(const ModelData& model);

}  // namespace dpmd
