#pragma once
// An item is what a verb does to one atom, ghost or value, written once for CPU and GPU. It is constructed from the
// arguments of its verb, on the side that can read them, and called with every index, in any order and on any thread:
//
//     struct Item {
//         explicit DPMD_HD Item(const Args&);
//         DPMD_HD void operator()(std::int64_t i) const;
//     };
//
// cpp/src/cpu/items.hpp and cuda/items.hpp call it for all indices.
#include "backend/step_state.hpp"
#include "math/hd.hpp"

namespace dpmd {

/// Whether a verb with these arguments must leave everything as it is.
template <class Args>
DPMD_HD bool is_halted(const Args& args) {
    if constexpr (requires { args.state->halt; }) return args.state->halt != Halt::none;
    else return false;
}

}  // namespace dpmd
