#pragma once
// What ranks are about to do together from outside, compared before it is done.
#include <atomic>
#include <cstdint>
#include <string>

#include "core/fork.hpp"
#include "core/text.hpp"
#include "dpmd/communicator.hpp"

namespace dpmd {

struct Communicator::CallOrder {
    const HomeProcess home{};
    std::uint64_t n_calls = 0;  // compared so far
    std::int64_t n_simulations = 0;
    std::atomic<bool> has_ended = false;
};

/// Throws RankError on all ranks unless all say that they do the same. `detail` is for the message only. Collective.
void compare_calls(Communicator& ranks, const std::string& call, const std::string& detail = "");

/// What is said in CollectiveCall; nothing where nobody asks.
template <class... Parts>
std::string call_text(const Communicator& ranks, const Parts&... parts) {
    return ranks.size() == 1 ? std::string() : concat("calls ", parts...);
}

/// Says that this rank ends, and waits until all do. Ends the job when another one does something else.
void leave(Communicator& ranks) noexcept;

}  // namespace dpmd
