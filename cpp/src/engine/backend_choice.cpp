#include "engine/backend_choice.hpp"

#include "neighbor/list_limits.hpp"

namespace dpmd {

std::shared_ptr<Backend> make_backend(const RunOptions& options) {
    return make_backend(DeviceOptions{options.device, options.threads, options.instruction_set});
}

BackendChoice::BackendChoice(const RunOptions& options) : options_(options) {
    require_skin(options.skin);
    const std::shared_ptr<Backend> backend = make_backend(options);
    name_ = backend->name();
    kernels_ = backend->kernels();
    n_threads_ = backend->n_threads();
    is_host_ = backend->memory().is_host();
}

void BackendChoice::require(const Model& model) const { make_backend(options_)->require(model.runnable()); }
}  // namespace dpmd
