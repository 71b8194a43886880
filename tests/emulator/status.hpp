#pragma once
// The return values of the emulated runtime.
#include <string>

namespace dpmd::emulator {

enum class Status {
    success,
    invalid_value,
    invalid_launch,
    out_of_memory,
    memory_damaged,
    no_device,
    no_driver,
    capture_forbids,
    capture_invalidated
};

/// A description of the status; the full message if it was the last failure of this thread.
const char* status_text(Status status);

/// Keeps the message for status_text and returns the status.
Status fail(Status status, std::string message);

}  // namespace dpmd::emulator
