#pragma once
// Joint operations of ranks: failing together, and sums.
#include <exception>
#include <span>
#include <string>

#include "dpmd/communicator.hpp"
#include "math/fixed_point.hpp"

namespace dpmd {

/// Throws on every rank when `error` is not null on any of them: the error of the lowest such rank, with its message.
/// Collective.
void agree(Communicator& ranks, const std::exception_ptr& error);

/// Does `work` on every rank, and fails on all when it failed on one. The work must not communicate with other ranks:
/// they would wait for a rank that has failed. Collective. Throws InputError before any work when another thread of
/// this rank is communicating.
template <class F>
void together(Communicator& ranks, F&& work) {
    if (ranks.size() == 1) return work();
    const Communicator::Use use(ranks);
    std::exception_ptr error;
    try {
        work();
    } catch (...) {
        error = std::current_exception();
    }
    agree(ranks, error);
}

/// Adds exact sums over the ranks. Collective.
void sum(Communicator& ranks, std::span<FixedSum> sums);
/// Sends the text of one rank to all. Collective.
void broadcast(Communicator& ranks, std::string& text, int root);

}  // namespace dpmd
