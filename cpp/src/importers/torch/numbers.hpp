#pragma once
// The numbers of a tensor in a storage of PyTorch.
#include <cstddef>
#include <span>
#include <vector>

#include "importers/archive/pickled.hpp"

namespace dpmd::importers {

/// The values of a tensor, row-major. All of it must lie inside `stored`, and no size may be 0.
std::vector<double> numbers_of(const PickledTensor& tensor, std::span<const std::byte> stored);

}  // namespace dpmd::importers
