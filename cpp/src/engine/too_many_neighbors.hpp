#pragma once
#include "dpmd/errors.hpp"

namespace dpmd {

/// An atom has more neighbours than its model's `sel`, and the model's overflow policy makes that an error.
class TooManyNeighbors final : public InputError {
public:
    using InputError::InputError;
};

}  // namespace dpmd
