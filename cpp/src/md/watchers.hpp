#pragma once
// The observers of a simulation: who sees which step, and in which order.
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
    /// Sees every step that is a multiple of `every`, after the observers that were added before. `paths`: the files
    /// that it writes.
    void add(std::unique_ptr<Observer> observer, std::int64_t every, std::vector<std::string> paths);
    /// The same, but after all that are not last.
    void add_last(std::unique_ptr<Observer> observer, std::int64_t every, std::vector<std::string> paths);
    /// InputError when the file has no name or an observer writes it already.
    void require_unused(const std::string& path) const;

    /// Shows the step to the observers whose turn it is and that have not seen it yet.
    void show(const Scene& scene);
    /// Steps from this one until an observer wants to look.
    std::int64_t steps_to_next(std::int64_t step) const;
    /// Puts on disk what this rank has written, and returns the state of all files but those of the last observers.
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
