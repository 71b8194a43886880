#pragma once
// The costs of messages between ranks: one, many at once, collectives, and two ways to exchange a halo.
#include <string>
#include <vector>

#include "dpmd/communicator.hpp"
#include "json_text.hpp"
#include "options.hpp"

namespace dpmd::bench {

/// Makes all measurements between these ranks. Collective. Throws InternalError when bytes arrive that were not sent.
JsonText measure_transport(Communicator& ranks, const std::string& transport, const Options& options);

}  // namespace dpmd::bench
