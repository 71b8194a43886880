#pragma once
// The part of a .dpmd file that holds a network.
#include <cstdint>
#include <optional>

#include "models/document.hpp"
#include "models/nets/network.hpp"
#include "models/new_document.hpp"

namespace dpmd {

/// Reads layers that fit each other and take `n_in` inputs. Throws InputError for anything else.
Network read_layers(const Entry& entry, std::int64_t n_in);

/// Reads such layers with one input, or a table instead of them.
Network read_layers_or_table(const Entry& entry);

void write(const NewEntry& entry, const Network& network);
/// null where there is none.
void write(const NewEntry& entry, const std::optional<Network>& network);

}  // namespace dpmd
