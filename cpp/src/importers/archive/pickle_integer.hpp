#pragma once
// Whole numbers of any size in pickles.
#include <string_view>

#include "importers/archive/pickle_store.hpp"

namespace dpmd::importers {

/// The number in two's complement, its least significant byte first; 255 bytes at most.
Pickled pickled_integer(std::string_view bytes, PickleStore& store);

}  // namespace dpmd::importers
