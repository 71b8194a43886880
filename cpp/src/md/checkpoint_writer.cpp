// An observer that writes checkpoints.
#include <utility>

#include "md/observer.hpp"

namespace dpmd::md {
namespace {

class CheckpointWriter final : public Observer {
public:
    CheckpointWriter(std::function<void()> write, std::int64_t first_step)
        : write_(std::move(write)), first_step_(first_step) {}
    void observe(const Scene&) override { write_(); }
    /// No checkpoint at the first step, where nothing has changed yet.
    std::optional<std::int64_t> last_step() const override { return first_step_; }

private:
    std::function<void()> write_;
    std::int64_t first_step_;
};

}  // namespace

std::unique_ptr<Observer> make_checkpoint_writer(std::function<void()> write, std::int64_t first_step) {
    return std::make_unique<CheckpointWriter>(std::move(write), first_step);
}

}  // namespace dpmd::md
