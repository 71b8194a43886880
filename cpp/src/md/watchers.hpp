#pragma once
// The observers of a simulation: which of them sees which step, and in which order.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dpmd/run_files.hpp"
#include "md/observer.hpp"

namespace dpmd::md {

class Watchers {
public:
    /// Adds an observer that sees every step that is a multiple of `every`, after those added before it. `paths` are
    /// the files that it writes.
    void add(std::unique_ptr<Observer> observer, std::int64_t every, std::vector<std::string> paths);
    /// The same, but it sees steps after all observers that are not last.
    void add_last(std::unique_ptr<Observer> observer, std::int64_t every, std::vector<std::string> paths);
    /// Throws InputError when the file has no name or an observer already writes it.
    void require_unused(const std::string& path) const;

    /// Shows the step to the observers that are due and have not seen it yet.
    void show(const Scene& scene);
    /// The number of steps from this one until an observer is due.
    std::int64_t steps_to_next(std::int64_t step) const;
    /// Puts on disk what this rank has written, and returns the state of all files except those of the last observers.
    std::vector<FileMark> sync();

private:
    struct Watch {
        std::unique_ptr<Observer> observer;
        std::int64_t every;
        std::vector<std::string> paths;
        std::optional<std::int64_t> last_step;  // seen
    };
    using Watches = std::vector<Watch>;

    static void add(Watches& to, std::unique_ptr<Observer> observer, std::int64_t every,
                    std::vector<std::string> paths);
    static void show(Watches& watches, const Scene& scene);

    Watches watches_, last_;
};

}  // namespace dpmd::md
