#include "core/fork.hpp"

#include <pthread.h>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

std::atomic<int> count{0};

}  // namespace

int n_forks() noexcept {
    static const int registered = pthread_atfork(nullptr, nullptr, [] { ++count; });
    (void)registered;
    return count;
}

void ForkAwareMutex::lock() {
    const int here = n_forks();
    for (int holder = nobody; !holder_.compare_exchange_strong(holder, here); holder = nobody) {
        if (holder != here)
            throw InputError(concat(what_,
                                    " was in use by a thread when this process was forked: make another one "
                                    "here, or ",
                                    forked_remedy));
        holder_.wait(holder);
    }
}

void ForkAwareMutex::unlock() noexcept {
    holder_ = nobody;
    holder_.notify_one();
}

}  // namespace dpmd
