#pragma once
// Checks that are the same for every communicator, whatever carries the bytes.
#include <numeric>

#include "core/text.hpp"
#include "dpmd/communicator.hpp"

namespace dpmd {

inline void check_root(const Communicator& ranks, const char* call, int root) {
    if (root < 0 || root >= ranks.size())
        throw InternalError(concat(call, " on ", ranks.description(), ": there is no root ", root));
}

inline void check_all_gather(const Communicator& ranks, std::size_t mine, std::size_t all) {
    if (all != mine * static_cast<std::size_t>(ranks.size()))
        throw InternalError(concat("all_gather on ", ranks.description(), ": room for ", all, " bytes, but ", mine,
                                   " come from each rank"));
}

inline void check_gather(const Communicator& ranks, std::size_t mine, std::span<const std::size_t> sizes,
                         std::size_t all, int root) {
    check_root(ranks, "gather", root);
    if (ranks.rank() != root) {
        if (!sizes.empty() || all != 0)
            throw InternalError(concat("gather at rank ", root, ": rank ", ranks.rank(), " must not give room for it"));
        return;
    }
    if (sizes.size() != static_cast<std::size_t>(ranks.size()))
        throw InternalError(concat("gather on ", ranks.description(), ": sizes of ", sizes.size(), " ranks"));
    const std::size_t total = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
    if (total != all || sizes[static_cast<std::size_t>(root)] != mine)
        throw InternalError(concat("gather at rank ", root, ": ", total, " bytes expected, ",
                                   sizes[static_cast<std::size_t>(root)], " of them its own, but it has room for ", all,
                                   " and gives ", mine));
}

inline void check_all_to_all(const Communicator& ranks, std::size_t to_each, std::size_t from_each) {
    const auto n_ranks = static_cast<std::size_t>(ranks.size());
    if (to_each != n_ranks || from_each != n_ranks)
        throw InternalError(
            concat("all_to_all on ", ranks.description(), ": ", to_each, " numbers to and ", from_each, " from them"));
}

inline void check_exchange(const Communicator& ranks, std::span<const OutgoingMessage> outgoing,
                           std::span<const IncomingMessage> incoming) {
    const auto check = [&](int peer) {
        if (peer < 0 || peer >= ranks.size() || peer == ranks.rank())
            throw InternalError(concat("exchange on ", ranks.description(), ": a message between rank ", ranks.rank(),
                                       " and rank ", peer));
    };
    for (const OutgoingMessage& message : outgoing) check(message.peer);
    for (const IncomingMessage& message : incoming) check(message.peer);
}

/// "one rank", "4 ranks".
inline std::string rank_count(int n_ranks) { return n_ranks == 1 ? "one rank" : concat(n_ranks, " ranks"); }

}  // namespace dpmd
