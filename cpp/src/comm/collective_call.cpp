#include "comm/collective_call.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "core/checksum.hpp"

namespace dpmd {
namespace {

constexpr const char* leaving = "ends";
/// How long the other ranks leave it to the first one to report a difference before they do so themselves.
constexpr std::chrono::seconds patience{1};

/// The same on all ranks with the same history of calls. It has a fixed size; ranks that differ exchange their texts
/// next.
std::uint64_t fingerprint(const std::string& call, std::uint64_t n_calls) {
    Checksum checksum;
    checksum.add(std::as_bytes(std::span(&n_calls, 1)));
    checksum.add(std::as_bytes(std::span(call)));
    return checksum.value();
}

std::vector<std::string> gather_texts(Communicator& ranks, std::string mine) {
    const auto n_ranks = static_cast<std::size_t>(ranks.size());
    std::vector<std::uint64_t> sizes(n_ranks);
    const std::uint64_t size = mine.size();
    ranks.all_gather(std::as_bytes(std::span(&size, 1)), std::as_writable_bytes(std::span(sizes)));
    const std::size_t longest = *std::max_element(sizes.begin(), sizes.end());
    mine.resize(longest);
    std::string all(longest * n_ranks, '\0');
    ranks.all_gather(std::as_bytes(std::span(mine)), std::as_writable_bytes(std::span(all)));
    std::vector<std::string> out;
    for (std::size_t r = 0; r < n_ranks; ++r) out.push_back(all.substr(longest * r, sizes[r]));
    return out;
}

/// What each rank does, if they differ; empty if all do the same. Collective.
std::vector<std::string> find_difference(Communicator& ranks, const std::string& call, const std::string& detail) {
    const std::uint64_t mine = fingerprint(call, ++ranks.call_order().n_calls);
    std::vector<std::uint64_t> all(static_cast<std::size_t>(ranks.size()));
    ranks.all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(all)));
    if (std::all_of(all.begin(), all.end(), [&](std::uint64_t one) { return one == all[0]; })) return {};
    return gather_texts(ranks, call + detail);
}

std::string describe(const std::vector<std::string>& calls) {
    std::size_t other = 1;
    while (other + 1 < calls.size() && calls[other] == calls[0]) ++other;
    return concat("rank 0 ", calls[0], ", but rank ", other, " ", calls[other],
                  "; every rank must make the same calls in the same order");
}

/// Throws where a rank has ended, or where the process is a fork and not a rank.
void check_can_talk(Communicator& ranks, const std::string& call) {
    if (!ranks.call_order().home.is_here())
        throw InputError(concat("rank ", ranks.rank(), " ", call, " in a process that was forked from it: ",
                                ranks.description(), " talk to each other in the processes that mpiexec has started"));
    if (ranks.call_order().has_ended)
        throw RankError(concat("rank ", ranks.rank(), " ", call,
                               " after it has ended; functions that are to be called at exit have to be registered "
                               "after dpmd has been imported"));
}

}  // namespace

void compare_calls(Communicator& ranks, const std::string& call, const std::string& detail) {
    if (ranks.size() == 1) return;
    const std::vector<std::string> different = find_difference(ranks, call, detail);
    if (!different.empty()) throw RankError(describe(different));
}

CollectiveCall::CollectiveCall(Communicator& ranks, const std::string& call) : use_(ranks) {
    if (ranks.size() == 1) return;
    check_can_talk(ranks, call);
    compare_calls(ranks, call);
}

void leave(Communicator& ranks) noexcept {
    Communicator::CallOrder& order = ranks.call_order();
    if (ranks.size() == 1 || !order.home.is_here() || order.has_ended || ranks.is_over()) return;
    try {
        const Communicator::Use use(ranks);
        const std::vector<std::string> different = find_difference(ranks, leaving, "");
        order.has_ended = true;
        if (different.empty()) return;
        const auto first = std::find(different.begin(), different.end(), leaving) - different.begin();
        if (first != ranks.rank()) std::this_thread::sleep_for(patience);
        ranks.abort(describe(different));
    } catch (const std::exception& error) {
        ranks.abort(error.what());
    }
}

}  // namespace dpmd
