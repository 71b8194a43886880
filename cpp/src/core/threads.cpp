#include "core/threads.hpp"

#include <pthread.h>

#include <atomic>

namespace dpmd {
namespace {

std::atomic<bool> forked{false};

}  // namespace

bool is_forked_child() {
    static const int registered = pthread_atfork(nullptr, nullptr, [] { forked = true; });
    (void)registered;
    return forked;
}

}  // namespace dpmd
