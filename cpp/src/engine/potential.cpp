#include "dpmd/potential.hpp"

#include <mutex>
#include <utility>

#include "core/fork.hpp"
#include "engine/backend_choice.hpp"
#include "engine/make_engine.hpp"
#include "engine/one_frame.hpp"

namespace dpmd {

struct Potential::Implementation {
    Implementation(Model given, const RunOptions& options) : place(options), model(std::move(given)) {
        place.require(model);
    }
    /// Loads the model only if the options are right, because compression takes time.
    template <class... Source>
    explicit Implementation(const PotentialOptions& options, Source&&... source)
        : place(options.run()), model(std::forward<Source>(source)..., options) {
        place.require(model);
    }

    /// Made when it is first needed for a calculation.
    ForceEngine& engine() {
        if (!on_place) on_place = make_engine(model, place.options());
        return *on_place;
    }
    /// The engine that describes atoms: the one that computes or, where that runs on a GPU, another one on the CPU.
    ForceEngine& describer() {
        if (place.is_host()) return engine();
        if (!on_cpu) {
            RunnableModel runnable = model.runnable();
            if (runnable.precision == Precision::mix32_tf32 || runnable.precision == Precision::mix32_3xtf32)
                runnable.precision = Precision::mix32;
            RunOptions options = place.options();
            options.device = "cpu";
            on_cpu = std::make_unique<ForceEngine>(runnable, make_backend(options), options.skin);
        }
        return *on_cpu;
    }

    /// Lets one thread at a time use what a call changes.
    template <class F>
    auto in_turn(F&& work) {
        const std::lock_guard lock(turn);
        return work();
    }
    /// Reads statistics of the calls so far; zero where nothing has been computed.
    template <class F>
    auto so_far(F&& look) {
        return in_turn([&] { return on_place ? look(*on_place) : decltype(look(*on_place)){}; });
    }

    BackendChoice place;
    Model model;
    std::unique_ptr<ForceEngine> on_place, on_cpu;
    ForkAwareMutex turn{"this potential"};
};

Potential::Potential(Model model, const RunOptions& options)
    : implementation_(std::make_unique<Implementation>(std::move(model), options)) {}
Potential::Potential(const std::string& path, const PotentialOptions& options)
    : implementation_(std::make_unique<Implementation>(options, path)) {}
Potential::Potential(std::span<const std::byte> file, const std::string& name, const PotentialOptions& options)
    : implementation_(std::make_unique<Implementation>(options, file, name)) {}
Potential::~Potential() = default;
Potential::Potential(Potential&&) noexcept = default;
Potential& Potential::operator=(Potential&&) noexcept = default;

const Model& Potential::model() const { return implementation_->model; }
const RunOptions& Potential::options() const { return implementation_->place.options(); }
int Potential::n_threads() const { return implementation_->place.n_threads(); }
std::string Potential::device() const { return implementation_->place.name(); }
std::string Potential::kernels() const { return implementation_->place.kernels(); }
std::string Potential::choices() const {
    if (implementation_->place.is_host()) return {};
    return implementation_->in_turn([&] { return implementation_->engine().evaluator().choices(); });
}
std::int64_t Potential::n_fallback() const {
    return implementation_->so_far([](ForceEngine& engine) { return engine.n_fallback(); });
}
std::int64_t Potential::n_list_builds() const {
    return implementation_->so_far([](ForceEngine& engine) { return engine.list().n_builds(); });
}
std::vector<StageTime> Potential::stage_times() const {
    return implementation_->so_far([](ForceEngine& engine) { return engine.stage_times(); });
}
std::size_t Potential::bytes() const {
    return model().bytes() + implementation_->in_turn([&] {
        std::size_t bytes = 0;
        for (const auto* engine : {&implementation_->on_place, &implementation_->on_cpu})
            if (*engine) bytes += (*engine)->bytes() + (*engine)->model_bytes();
        return bytes;
    });
}

Result Potential::compute(const Atoms& atoms, bool atom_virials) {
    return implementation_->in_turn(
        [&] { return std::move(compute_frame(implementation_->engine(), atoms, atom_virials).front()); });
}

Description Potential::describe(const Atoms& atoms) {
    return implementation_->in_turn([&] { return describe_frame(implementation_->describer(), atoms); });
}

}  // namespace dpmd
