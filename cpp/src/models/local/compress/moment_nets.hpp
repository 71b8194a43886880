#pragma once
// The nets of which a descriptor's moment form is made: functions of s alone, by centre and neighbour. What differs
// between descriptors is in files of their own, NAME_moment_nets.cpp.
#include <optional>
#include <string>
#include <vector>

#include "models/local/descriptors.hpp"

namespace dpmd::compress {

struct MomentNets {
    EmbeddingNets by_pair;
    /// [n_types] by centre: what empty slots that types share pass through; none, or without elements: nothing
    std::vector<std::optional<Network>> shared_slot;
};

/// Why the descriptor has no moment form; empty: it has one.
std::string refusal_of_moments(const Descriptor& descriptor);
/// The nets of a descriptor that is not refused.
MomentNets moment_nets(const Descriptor& descriptor);

}  // namespace dpmd::compress
