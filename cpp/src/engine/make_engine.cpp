#include "engine/make_engine.hpp"

#include <utility>

#include "engine/backend_choice.hpp"

namespace dpmd {

std::unique_ptr<ForceEngine> make_engine(const Model& model, const RunOptions& options) {
    return std::make_unique<ForceEngine>(model.runnable(), make_backend(options), options.skin);
}

std::unique_ptr<ForceEngine> make_engine(const Potential& potential, double skin, std::shared_ptr<Communicator> ranks) {
    return std::make_unique<ForceEngine>(potential.model().runnable(), make_backend(potential.options()), skin,
                                         std::move(ranks));
}

std::unique_ptr<HostListEngine> make_host_list_engine(std::span<const Model> models, const RunOptions& options) {
    auto engine = std::make_unique<HostListEngine>(make_backend(options));
    for (const Model& model : models) engine->add_model(model.runnable());
    return engine;
}

}  // namespace dpmd
