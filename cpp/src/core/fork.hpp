#pragma once
// Which objects of its parent a forked process may use.
#include <atomic>
#include <string>
#include <utility>

namespace dpmd {

/// The number of forks between the process that loaded this library and this one.
int n_forks() noexcept;

/// What to do instead of a fork.
inline constexpr const char* forked_remedy = "start processes by multiprocessing's spawn or forkserver";

/// The process in which an object was made.
class HomeProcess {
public:
    bool is_here() const noexcept { return n_forks_ == n_forks(); }

private:
    int n_forks_ = n_forks();
};

/// A lock with which threads take turns. A process that was forked while another thread had its turn does not have that
/// thread, so locking there fails instead of waiting for ever.
class ForkAwareMutex {
public:
    /// lock() throws InputError, saying that `what` was in use, where no thread will ever give the turn back.
    explicit ForkAwareMutex(std::string what) : what_(std::move(what)) {}
    void lock();
    void unlock() noexcept;

private:
    static constexpr int nobody = -1;

    const std::string what_;
    std::atomic<int> holder_ = nobody;  // n_forks() of the process that has its turn
};

}  // namespace dpmd
