#include "interpreter.hpp"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace dpmd::python {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_wait = 5s;  // for a callback that does not return

std::atomic<int> n_inside{0}, fork_count{0};
thread_local int n_inside_here = 0;  // those of this thread
std::atomic<bool> ends{false};
std::atomic<std::thread::id> ending_thread;

/// Called with the interpreter lock, before any part of the interpreter is destroyed. Threads that have already passed
/// the check of interpreter_ends get the lock once more.
void await_calls() {
    ending_thread = std::this_thread::get_id();
    ends = true;
    const py::gil_scoped_release released;
    const auto until = std::chrono::steady_clock::now() + longest_wait;
    while (n_inside > 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
}

}  // namespace

bool interpreter_ends() noexcept { return ends && ending_thread.load() != std::this_thread::get_id(); }

int n_forks() noexcept { return fork_count; }

Inside::Inside() {
    ++n_inside;
    ++n_inside_here;
    if (!interpreter_ends()) return;
    PyEval_SaveThread();
    wait_for_the_end();
}

Inside::~Inside() {
    --n_inside;
    --n_inside_here;
}

void Inside::wait_for_the_end() noexcept {
    --n_inside;
    for (;;) std::this_thread::sleep_for(1h);
}

void check_signals() {
    const LockTaken lock;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

void await_calls_at_exit() {
    py::module_::import("atexit").attr("register")(py::cpp_function(&await_calls));
    pthread_atfork(nullptr, nullptr, [] {  // a child has none of the other threads
        n_inside = n_inside_here;
        ++fork_count;
    });
}

}  // namespace dpmd::python
