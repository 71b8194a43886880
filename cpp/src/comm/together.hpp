#pragma once
// What ranks do together: fail, and add up.
#include <exception>
#include <span>
#include <string>

#include "dpmd/communicator.hpp"
#include "math/fixed_point.hpp"

namespace dpmd {

/// Throws on every rank when `error` is not null on any: what the lowest of them threw, with its message. Collective.
void agree(Communicator& ranks, const std::exception_ptr& error);

/// Does `work` on every rank, and fails on all when it failed on one. Work that talks to other ranks does not fit in
/// here: the others would wait for a rank that has failed. Collective, and nothing is done where another thread talks.
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

/// Sums over the ranks, exact as they are. Collective.
void sum(Communicator& ranks, std::span<FixedSum> sums);
/// The text of one rank, to all. Collective.
void broadcast(Communicator& ranks, std::string& text, int root);

}  // namespace dpmd
