#pragma once
// Where the time of an evaluation goes on a device: an event at the end of each stage, read when all is done.
#include <vector>

#include "backend/local_stages.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

class StageEvents {
public:
    explicit StageEvents(Queue& queue) : queue_(queue) {}
    ~StageEvents() {
        for (const Event event : events_) (void)gpu::destroy_event(event);
    }
    StageEvents(const StageEvents&) = delete;
    StageEvents& operator=(const StageEvents&) = delete;

    /// Starts a new evaluation. Without `enabled` nothing is recorded: steps that run ahead of the host are not timed.
    void begin(bool enabled) {
        is_enabled_ = enabled;
        stages_.clear();
        if (is_enabled_) record(0);
    }
    /// What was put on the queue since the last call belongs to the stage.
    void ends(Stage stage) {
        if (!is_enabled_) return;
        stages_.push_back(stage);
        record(stages_.size());
    }
    /// Waits for the device and adds its times.
    void collect(StageTimes& times) {
        if (!is_enabled_) return;
        queue_.wait();
        for (std::size_t k = 0; k < stages_.size(); ++k) {
            float ms = 0;
            check(gpu::elapsed_ms(&ms, events_[k], events_[k + 1]), "reading an event");
            times.nanoseconds[static_cast<int>(stages_[k])] += static_cast<std::int64_t>(1e6 * double(ms));
        }
    }

private:
    void record(std::size_t k) {
        if (k == events_.size()) check(gpu::create_event(&events_.emplace_back()), "creating an event");
        check(gpu::record(events_[k], queue_.stream()), "recording an event");
    }

    Queue& queue_;
    bool is_enabled_ = false;
    std::vector<Event> events_;
    std::vector<Stage> stages_;
};

}  // namespace dpmd::gpu
