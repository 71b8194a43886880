#include "turn.hpp"

#include <pthread.h>

#include <chrono>
#include <mutex>

#include "dpmd/errors.hpp"

namespace dpmd::python {
namespace {

/// The mutex of all queues, held only briefly, and never by a thread that waits for the interpreter lock.
std::mutex& queues() {
    static std::mutex mutex;
    return mutex;
}

[[noreturn]] void refuse_in_fork() {
    throw InputError(
        "another thread was in this simulation when this process was forked: make another one here, or start "
        "processes by multiprocessing's spawn or forkserver");
}

}  // namespace

void Turn::watch_forks() {
    pthread_atfork([] { queues().lock(); }, [] { queues().unlock(); }, [] { queues().unlock(); });
}

void Turn::remove(Queue::iterator place) noexcept {
    const bool had_turn = place == queue_.begin();
    queue_.erase(place);
    length_ = queue_.size();
    if (had_turn && !queue_.empty() && !is_of_another_process()) queue_.front().called->notify_one();
}

void Turn::take() {
    std::condition_variable called;
    std::unique_lock lock(queues());
    if (is_of_another_process()) refuse_in_fork();
    const auto place = queue_.insert(queue_.end(), {n_forks(), &called});
    length_ = queue_.size();
    while (place != queue_.begin()) {
        if (called.wait_for(lock, std::chrono::milliseconds(50)) == std::cv_status::timeout) {
            lock.unlock();
            try {
                check_signals();
            } catch (...) {
                lock.lock();
                remove(place);
                throw;
            }
            lock.lock();
        }
        if (is_of_another_process()) {  // a signal handler has forked
            remove(place);
            refuse_in_fork();
        }
    }
}

void Turn::take_back() noexcept {
    std::condition_variable called;
    std::unique_lock lock(queues());
    const auto place = queue_.insert(is_of_another_process() ? queue_.begin() : queue_.end(), {n_forks(), &called});
    length_ = queue_.size();
    called.wait(lock, [&] { return place == queue_.begin(); });
}

void Turn::give() noexcept {
    const std::lock_guard lock(queues());
    remove(queue_.begin());
}

}  // namespace dpmd::python
