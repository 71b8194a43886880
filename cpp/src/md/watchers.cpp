#include "md/watchers.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "core/text.hpp"

namespace dpmd::md {
namespace {

/// The path of a file that exists or would be made, with links resolved.
std::filesystem::path place_of(const std::string& path) {
    std::error_code unknown;
    const auto full = std::filesystem::absolute(path);
    const auto leads_to = std::filesystem::read_symlink(full, unknown);
    const auto file = unknown ? full : full.parent_path() / leads_to;
    const auto place = std::filesystem::weakly_canonical(file, unknown);
    return unknown ? file.lexically_normal() : place;
}

bool same_file(const std::string& a, const std::string& b) {
    std::error_code unknown;  // for files that do not exist yet
    return std::filesystem::equivalent(a, b, unknown) || place_of(a) == place_of(b);
}

}  // namespace

void Watchers::add(Watches& to, std::unique_ptr<Observer> observer, std::int64_t every,
                   std::vector<std::string> paths) {
    const auto seen = observer->last_step();
    to.push_back({std::move(observer), every, std::move(paths), seen});
}

void Watchers::add(std::unique_ptr<Observer> observer, std::int64_t every, std::vector<std::string> paths) {
    add(watches_, std::move(observer), every, std::move(paths));
}

void Watchers::add_last(std::unique_ptr<Observer> observer, std::int64_t every, std::vector<std::string> paths) {
    add(last_, std::move(observer), every, std::move(paths));
}

void Watchers::require_unused(const std::string& path) const {
    if (path.empty()) throw InputError("an output file needs a name");
    for (const Watches* watches : {&watches_, &last_})
        for (const Watch& watch : *watches)
            for (const std::string& used : watch.paths)
                if (same_file(used, path))
                    throw InputError(
                        concat(path, ": is already written by this simulation; give each output its own file"));
}

void Watchers::show(const Scene& scene) {
    show(watches_, scene);
    show(last_, scene);
}

void Watchers::show(Watches& watches, const Scene& scene) {
    const std::int64_t step = scene.state.step;
    for (std::size_t k = 0; k < watches.size(); ++k) {  // an observer may add another, so no references are kept
        if (step % watches[k].every != 0 || watches[k].last_step == step) continue;
        const auto seen_before = std::exchange(watches[k].last_step, step);
        try {
            watches[k].observer->observe(scene);
        } catch (...) {
            if (watches[k].observer->may_repeat()) watches[k].last_step = seen_before;
            throw;
        }
    }
}

std::int64_t Watchers::steps_to_next(std::int64_t step) const {
    std::int64_t next = std::numeric_limits<std::int64_t>::max();
    for (const Watches* watches : {&watches_, &last_})
        for (const Watch& watch : *watches) next = std::min(next, watch.every - step % watch.every);
    return next;
}

std::vector<FileMark> Watchers::sync() {
    std::vector<FileMark> files;
    for (Watch& watch : watches_) {
        watch.observer->sync();
        watch.observer->add_marks(files);
    }
    return files;
}

}  // namespace dpmd::md
