#pragma once
// Threads with OpenMP. Without OpenMP everything runs on one thread.
#include <algorithm>
#include <cstdint>
#include <exception>
#include <mutex>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace dpmd {

/// The number of threads of a parallel region when the user asked for no particular number.
inline int default_threads() {
#ifdef _OPENMP
    return std::max(1, omp_get_max_threads());
#else
    return 1;
#endif
}

/// Whether this process was forked from one that used dpmd. GNU OpenMP's threads do not survive a fork, and a parallel
/// region would wait for them for ever, so such a process computes on one thread, with the same results.
bool is_forked_child();

/// Keeps the first exception thrown inside a parallel region, to throw it again outside.
class ExceptionTrap {
public:
    template <class F>
    void run(F&& body) noexcept {
        try {
            body();
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex_);
            if (!first_) first_ = std::current_exception();
        }
    }
    void rethrow() {
        if (first_) std::rethrow_exception(first_);
    }

private:
    std::mutex mutex_;
    std::exception_ptr first_;
};

/// Calls body(i, thread) for i in [0, n), in blocks of `block` that go to threads as these become free.
template <class F>
void parallel_for(int n_threads, std::int64_t n, std::int64_t block, F&& body) {
    ExceptionTrap trap;
#ifdef _OPENMP
    if (n_threads > 1 && n > block && !is_forked_child()) {
        const int chunk = static_cast<int>(block);
#pragma omp parallel for schedule(dynamic, chunk) num_threads(n_threads)
        for (std::int64_t i = 0; i < n; ++i) trap.run([&] { body(i, omp_get_thread_num()); });
        trap.rethrow();
        return;
    }
#endif
    (void)n_threads;
    (void)block;
    trap.run([&] {
        for (std::int64_t i = 0; i < n; ++i) body(i, 0);
    });
    trap.rethrow();
}

/// Calls body(first, last) for parts of [0, n) of length `block`; a single part is left to the calling thread.
template <class F>
void for_each_block(int n_threads, std::int64_t n, std::int64_t block, F&& body) {
    parallel_for(n_threads, (n + block - 1) / block, 1,
                 [&](std::int64_t part, int) { body(part * block, std::min(n, (part + 1) * block)); });
}

/// The lowest i in [0, n) for which predicate(i) is true; n when there is none.
template <class F>
std::int64_t first_where(int n_threads, std::int64_t n, std::int64_t block, F&& predicate) {
    std::mutex mutex;
    std::int64_t found = n;
    for_each_block(n_threads, n, block, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
            if (!predicate(i)) continue;
            const std::lock_guard<std::mutex> lock(mutex);
            found = std::min(found, i);
            return;
        }
    });
    return found;
}

}  // namespace dpmd
