#pragma once
// The interpreter lock, released and taken back so that the end of Python does not kill a thread inside the engine.
#include <pybind11/pybind11.h>

namespace dpmd::python {

namespace py = pybind11;

/// Thrown where a thread would return to an interpreter that is ending; it ends the call.
struct InterpreterEnds {};

/// Whether this thread can no longer return to Python, because another one is ending the interpreter.
bool interpreter_ends() noexcept;

/// The calls that the end of the interpreter waits for.
class Inside {
public:
    Inside();
    ~Inside();
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    /// Counts this thread as outside and blocks it: Python would end it in the middle of C++ if it asked for the lock.
    [[noreturn]] static void wait_for_the_end() noexcept;
};

/// A call of the engine: other threads run Python meanwhile.
class LockReleased {
public:
    LockReleased() = default;
    ~LockReleased() {
        if (interpreter_ends()) Inside::wait_for_the_end();
    }
    LockReleased(const LockReleased&) = delete;
    LockReleased& operator=(const LockReleased&) = delete;

private:
    const Inside inside_;
    const py::gil_scoped_release released_;
};

/// Python in the middle of a call of the engine. Throws InterpreterEnds when the interpreter has ended.
class LockTaken {
    struct Check {
        Check() {
            if (interpreter_ends()) throw InterpreterEnds();
        }
    };
    const Check check_;
    const py::gil_scoped_acquire taken_;
};

/// The number of forks between the process that imported the module and this one.
int n_forks() noexcept;

/// Lets Python's signal handlers run, without the interpreter lock. Throws what they raise.
void check_signals();

/// Called at exit of the interpreter: threads inside the engine leave it, or stay there for good.
void await_calls_at_exit();

}  // namespace dpmd::python
