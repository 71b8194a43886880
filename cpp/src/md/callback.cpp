// An observer that calls a function of the user.
#include <exception>
#include <utility>

#include "comm/collective_call.hpp"
#include "comm/together.hpp"
#include "core/text.hpp"
#include "md/observer.hpp"

namespace dpmd::md {
namespace {

class Callback final : public Observer {
public:
    Callback(std::function<void()> function, std::optional<std::int64_t> resumed_at)
        : function_(std::move(function)), resumed_at_(resumed_at) {}
    /// The function may make collective calls, so all ranks finish it before any of them goes on.
    void observe(const Scene& scene) override {
        if (scene.state.ranks->size() == 1) return function_();
        std::exception_ptr error;
        std::string detail;
        try {
            function_();
        } catch (const std::exception& known) {
            error = std::current_exception();
            detail = concat(" by ", known.what());
        } catch (...) {
            error = std::current_exception();
        }
        compare_calls(*scene.state.ranks, "ends a callback", detail);
        agree(*scene.state.ranks, error);
    }
    bool may_repeat() const override { return false; }
    /// The earlier run has already called back at the checkpoint's step.
    std::optional<std::int64_t> last_step() const override { return resumed_at_; }

private:
    std::function<void()> function_;
    std::optional<std::int64_t> resumed_at_;
};

}  // namespace

std::unique_ptr<Observer> make_callback(std::function<void()> function, const Resumption* resumption) {
    const auto resumed_at = resumption != nullptr ? std::optional(resumption->step) : std::nullopt;
    return std::make_unique<Callback>(std::move(function), resumed_at);
}

}  // namespace dpmd::md
