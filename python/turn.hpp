#pragma once
// Threads that want the same object take turns, in order of arrival. A turn is held only inside the engine: a thread
// that runs Python, or waits for the interpreter lock, has none, so no two threads can wait for each other.
#include <atomic>
#include <condition_variable>
#include <list>
#include <utility>

#include "interpreter.hpp"

namespace dpmd::python {

class Turn {
public:
    /// Waits for the turn, without the interpreter lock; signal handlers run meanwhile and may end the wait. Throws
    /// InputError in a process that was forked while another thread had the turn, which no thread will give back there.
    void take();
    /// The same without interruption. In such a process it takes the turn at once, so that what was begun can end.
    void take_back() noexcept;
    void give() noexcept;
    /// Lets waiting threads go first.
    void pass() noexcept {
        if (length_.load(std::memory_order_relaxed) < 2) return;
        give();
        take_back();
    }

    /// Has the turn while it exists.
    class Hold {
    public:
        explicit Hold(Turn& turn) : turn_(turn) { turn_.take(); }
        ~Hold() { turn_.give(); }
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

    private:
        Turn& turn_;
    };

    /// Lets others have the turn while it exists.
    class Pause {
    public:
        explicit Pause(Turn& turn) : turn_(turn) { turn_.give(); }
        ~Pause() { turn_.take_back(); }
        Pause(const Pause&) = delete;
        Pause& operator=(const Pause&) = delete;

    private:
        Turn& turn_;
    };

    /// Called once: a fork then finds all queues intact, and does not wait for threads that it does not have.
    static void watch_forks();

private:
    struct Place {
        int fork;                         // n_forks() of the process in this place
        std::condition_variable* called;  // of the thread that waits, on its stack: gone in a fork
    };
    using Queue = std::list<Place>;  // the first has the turn
    bool is_of_another_process() const noexcept { return !queue_.empty() && queue_.front().fork != n_forks(); }
    void remove(Queue::iterator place) noexcept;

    Queue queue_;  // under one mutex for all
    std::atomic<std::size_t> length_{0};
};

/// An object that threads take turns with.
template <class T>
class Shared {
public:
    explicit Shared(T&& object) : object_(std::move(object)) {}

    /// Calls work(object) in turn and without the interpreter lock. The result must not refer to the object.
    template <class F>
    auto in_turn(F&& work) {
        const LockReleased released;
        const Turn::Hold hold(turn_);
        return work(object_);
    }
    /// The object out of turn, for operations that are allowed at any time.
    T& object() { return object_; }
    Turn& turn() { return turn_; }

private:
    T object_;
    Turn turn_;
};

}  // namespace dpmd::python
