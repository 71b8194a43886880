#include "emulator/status.hpp"

#include <utility>

namespace dpmd::emulator {
namespace {

struct Failure {
    Status status = Status::success;
    std::string message;
};
thread_local Failure last_failure;

}  // namespace

Status fail(Status status, std::string message) {
    last_failure = {status, std::move(message)};
    return status;
}

const char* status_text(Status status) {
    if (status != Status::success && status == last_failure.status) return last_failure.message.c_str();
    switch (status) {
        case Status::success: return "no error";
        case Status::invalid_value: return "invalid argument";
        case Status::invalid_launch: return "invalid launch configuration";
        case Status::out_of_memory: return "out of memory";
        case Status::memory_damaged: return "bytes around an allocation were written to";
        case Status::no_device: return "no device";
        case Status::no_driver: return "no driver";
        case Status::capture_forbids: return "operation not permitted while the stream is captured";
        case Status::capture_invalidated: return "the capture was invalidated by a forbidden operation";
    }
    return "unknown status";
}

}  // namespace dpmd::emulator
