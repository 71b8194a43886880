#pragma once
// What every communicator must do, as functions that all its ranks run together.
#include <span>

#include "dpmd/communicator.hpp"

namespace dpmd::test {

struct CommunicatorCase {
    const char* name;
    void (*run)(Communicator& ranks);
};

std::span<const CommunicatorCase> communicator_cases();

}  // namespace dpmd::test
