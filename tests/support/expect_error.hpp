#pragma once
// Expects an InputError with certain parts in its message.
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "dpmd/errors.hpp"

namespace dpmd::testing {

/// Expects that `action` throws InputError and that its message contains every part.
template <class F>
void expect_input_error(F&& action, std::initializer_list<std::string> parts) {
    try {
        action();
        ADD_FAILURE() << "no InputError was thrown";
    } catch (const InputError& error) {
        const std::string message = error.what();
        for (const std::string& part : parts)
            EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
    } catch (const std::exception& error) {
        ADD_FAILURE() << "not an InputError: " << error.what();
    }
}

}  // namespace dpmd::testing
