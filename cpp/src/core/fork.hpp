#pragma once
// Processes that were forked: what of their parent's they may use.
#include <atomic>
#include <string>
#include <utility>

namespace dpmd {

/// How often it was forked on the way from the process that loaded this library to this one.
int n_forks() noexcept;

/// What to do where a fork does not do.
inline constexpr const char* forked_remedy = "start processes by multiprocessing's spawn or forkserver";

/// The process that something was made in.
class HomeProcess {
public:
    bool is_here() const noexcept { return n_forks_ == n_forks(); }

private:
    int n_forks_ = n_forks();
};

/// A lock that threads take turns at. A process that was forked while another thread had its turn has no such thread
/// any more: there it is refused to wait for it.
class ForkAwareMutex {
public:
    /// InputError, saying that `what` was in use, where nobody will ever give the turn back.
    explicit ForkAwareMutex(std::string what) : what_(std::move(what)) {}
    void lock();
    void unlock() noexcept;

private:
    static constexpr int nobody = -1;

    const std::string what_;
    std::atomic<int> holder_ = nobody;  // n_forks() of the process that has its turn
};

}  // namespace dpmd
