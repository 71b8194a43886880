#pragma once
// Compares the calls that users make on all ranks before they are carried out.
#include <atomic>
#include <cstdint>
#include <string>

#include "core/fork.hpp"
#include "core/text.hpp"
#include "dpmd/communicator.hpp"

namespace dpmd {

struct Communicator::CallOrder {
    const HomeProcess home{};
    std::uint64_t n_calls = 0;  // number compared so far
    std::int64_t n_simulations = 0;
    std::atomic<bool> has_ended = false;
};

/// Throws RankError on all ranks unless all make the same call. `detail` is for the message only. Collective.
void compare_calls(Communicator& ranks, const std::string& call, const std::string& detail = "");

/// The text for CollectiveCall; empty where it is not compared.
template <class... Parts>
std::string call_text(const Communicator& ranks, const Parts&... parts) {
    return ranks.size() == 1 ? std::string() : concat("calls ", parts...);
}

/// Announces that this rank ends, and waits until all do. Ends the job when another rank does something else.
void leave(Communicator& ranks) noexcept;

}  // namespace dpmd
