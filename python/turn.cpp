#include "turn.hpp"

#include <chrono>

#include "dpmd/errors.hpp"

namespace dpmd::python {

Turn::Queue::iterator Turn::stand_in_line() {
    const auto place = queue_.insert(queue_.end(), n_forks());
    length_ = queue_.size();
    return place;
}

void Turn::leave(Queue::iterator place) noexcept {
    const std::lock_guard lock(mutex_);
    queue_.erase(place);
    length_ = queue_.size();
    changed_.notify_all();
}

void Turn::take() {
    std::unique_lock lock(mutex_);
    if (!queue_.empty() && queue_.front() != n_forks())
        throw InputError(
            "another thread was in this simulation when this process was forked: make another one here, or start "
            "processes by multiprocessing's spawn or forkserver");
    const auto place = stand_in_line();
    while (place != queue_.begin()) {
        if (changed_.wait_for(lock, std::chrono::milliseconds(50)) == std::cv_status::no_timeout) continue;
        lock.unlock();
        try {
            check_signals();
        } catch (...) {
            leave(place);
            throw;
        }
        lock.lock();
    }
}

void Turn::take_back() noexcept {
    std::unique_lock lock(mutex_);
    const auto place = stand_in_line();
    changed_.wait(lock, [&] { return place == queue_.begin(); });
}

void Turn::give() noexcept {
    const std::lock_guard lock(mutex_);
    queue_.pop_front();
    length_ = queue_.size();
    changed_.notify_all();
}

}  // namespace dpmd::python
