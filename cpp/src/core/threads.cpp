#include "core/threads.hpp"

#include "core/fork.hpp"

namespace dpmd {

bool is_forked_child() {
    static const HomeProcess of_threads;
    return !of_threads.is_here();
}

}  // namespace dpmd
