#include "dpmd/potential.hpp"

#include <mutex>
#include <utility>

#include "backend/registry.hpp"
#include "core/available_memory.hpp"
#include "core/fork.hpp"
#include "core/text.hpp"
#include "cpu/instruction_set.hpp"
#include "engine/choose_compression.hpp"
#include "engine/force_engine.hpp"
#include "engine/host_engine.hpp"
#include "engine/inputs.hpp"
#include "engine/one_frame.hpp"
#include "math/packed_key.hpp"
#include "models/file.hpp"
#include "models/local/compress/describe.hpp"

namespace dpmd {
namespace {

Precision precision_of(const std::string& name) {
    if (name == "double") return Precision::fp64;
    if (name == "mix32") return Precision::mix32;
    if (name == "mix32-3xtf32") return Precision::mix32_3xtf32;
    if (name == "mix32-tf32") return Precision::mix32_tf32;
    if (name == "mix16") return Precision::mix16;
    throw InputError(concat("precision = '", name, "' is not one of: double, mix32, mix32-3xtf32, mix32-tf32, mix16"));
}

Compression compression_of(const std::string& name) {
    if (name == "off") return Compression::none;
    if (name == "table") return Compression::table;
    if (name == "moment") return Compression::moment;
    throw InputError(concat("compress = '", name, "' is not one of: off, moment, table"));
}

/// Below the rounding of the precision, and below what the paper of the model claims for it by far.
double default_tolerance(Precision precision) {
    switch (precision) {
        case Precision::fp64: return 1e-7;
        case Precision::mix32:
        case Precision::mix32_3xtf32: return 1e-6;
        case Precision::mix32_tf32: return 1e-5;
        case Precision::mix16: return 1e-4;
    }
    return 1e-7;
}

ChosenForm choose_form(std::shared_ptr<const ModelData> model, const PotentialOptions& options, Precision precision) {
    const Compression form = compression_of(options.compress);
    if (!(options.tolerance >= 0) || !(options.tolerance < 1))
        throw InputError(concat("tolerance = ", options.tolerance, " eV/Å must lie between 0 and 1"));
    if (form == Compression::none) return {std::move(model), {}};
    const double tolerance = options.tolerance > 0 ? options.tolerance : default_tolerance(precision);
    return choose_compression(std::move(model), form, tolerance, options.threads);
}

ModelInfo info_of(const ModelData& model) {
    const ModelTraits traits = traits_of(model);
    return {model.type_map,  traits.cutoff, traits.sel, traits.n_fparam, traits.n_aparam, model.min_neighbor_distance,
            model.metadata};
}

}  // namespace

struct Potential::Implementation {
    Implementation(ModelData&& data, const PotentialOptions& given)
        : options(given),
          precision(precision_of(given.precision)),
          overflow(overflow_policy(given.overflow)),
          backend(make_backend(device())),
          chosen(choose_form(std::make_shared<const ModelData>(std::move(data)), given, precision)),
          info(info_of(*chosen.model)),
          compression(describe_compression(*chosen.model, chosen.report, precision == Precision::fp64 ? 8 : 4)),
          engine(model(), backend, given.skin) {}

    RunnableModel model() const { return {chosen.model, precision, overflow}; }

    DeviceOptions device() const { return {options.device, options.threads, options.instruction_set}; }

    /// The engine that describes atoms: the one that computes, or where its device does not describe, one on the CPU.
    ForceEngine& describer() {
        if (engine.evaluator().description_widths().hidden > 0) return engine;
        if (!cpu_engine) {
            const bool in_single = precision == Precision::mix32_tf32 || precision == Precision::mix32_3xtf32;
            cpu_engine = std::make_unique<ForceEngine>(
                RunnableModel{chosen.model, in_single ? Precision::mix32 : precision, overflow},
                make_backend({"cpu", options.threads, options.instruction_set}), options.skin);
        }
        return *cpu_engine;
    }

    /// What changes with a call is touched by one thread at a time.
    template <class F>
    auto in_turn(F&& work) {
        const std::lock_guard lock(turn);
        return work(engine);
    }

    PotentialOptions options;
    Precision precision;
    OverflowPolicy overflow;
    std::shared_ptr<Backend> backend;
    ChosenForm chosen;
    ModelInfo info;
    CompressionInfo compression;
    ForceEngine engine;
    std::unique_ptr<ForceEngine> cpu_engine;  // null until a GPU's atoms are to be described
    ForkAwareMutex turn{"this potential"};
};

Potential::Potential(const std::string& path, const PotentialOptions& options)
    : implementation_(std::make_unique<Implementation>(read_model(path), options)) {}
Potential::Potential(std::span<const std::byte> file, const std::string& name, const PotentialOptions& options)
    : implementation_(std::make_unique<Implementation>(
          read_model(std::vector<std::byte>(file.begin(), file.end()), name), options)) {}
Potential::~Potential() = default;
Potential::Potential(Potential&&) noexcept = default;
Potential& Potential::operator=(Potential&&) noexcept = default;

const ModelInfo& Potential::info() const { return implementation_->info; }
const PotentialOptions& Potential::options() const { return implementation_->options; }
int Potential::n_threads() const { return implementation_->backend->n_threads(); }
std::string Potential::device() const { return implementation_->backend->name(); }
std::string Potential::kernels() const { return implementation_->engine.evaluator().kernels(); }
const CompressionInfo& Potential::compression() const { return implementation_->compression; }
std::string Potential::choices() const {
    return implementation_->in_turn([](ForceEngine& engine) { return engine.evaluator().choices(); });
}
std::int64_t Potential::n_fallback() const {
    return implementation_->in_turn([](ForceEngine& engine) { return engine.n_fallback(); });
}
std::int64_t Potential::n_list_builds() const {
    return implementation_->in_turn([](ForceEngine& engine) { return engine.list().n_builds(); });
}
std::vector<StageTime> Potential::stage_times() const {
    return implementation_->in_turn([](ForceEngine& engine) { return engine.stage_times(); });
}
std::size_t Potential::bytes() const {
    return implementation_->in_turn([](ForceEngine& engine) { return engine.bytes(); });
}

std::unique_ptr<ForceEngine> Potential::make_engine(double skin, std::shared_ptr<Communicator> ranks) const {
    return std::make_unique<ForceEngine>(implementation_->model(), make_backend(implementation_->device()),
                                         skin, std::move(ranks));
}

std::unique_ptr<HostListEngine> Potential::make_host_list_engine(std::span<const Potential* const> models) {
    if (models.empty()) throw InputError("an engine needs a model");
    auto engine = std::make_unique<HostListEngine>(make_backend(models.front()->implementation_->device()));
    for (const Potential* potential : models) engine->add_model(potential->implementation_->model());
    return engine;
}

void Potential::join(ForceEngine& engine) const { engine.add_model(implementation_->model()); }

Result Potential::compute(const Atoms& atoms, bool atom_virials) {
    return implementation_->in_turn([&](ForceEngine& engine) {
        return std::move(compute_frame(engine, atoms, atom_virials).front());
    });
}

Description Potential::describe(const Atoms& atoms) {
    return implementation_->in_turn(
        [&](ForceEngine&) { return describe_frame(implementation_->describer(), atoms); });
}

std::vector<Device> devices() {
    std::vector<Device> out;
    for (const DeviceKind& kind : find_device_kinds()) {
        for (const DeviceDescription& device : kind.list.devices)
            out.push_back({device.name, device.product, device.architecture, device.memory_bytes, ""});
        if (kind.list.devices.empty()) out.push_back({kind.name, "", "", 0, kind.list.reason});
    }
    return out;
}

std::vector<std::string> instruction_sets() { return cpu::usable_instruction_sets(); }

namespace {

void reserve_pairs(Neighbors& out, std::size_t n) {
    constexpr double bytes_per_pair = 5 * sizeof(std::int32_t) + sizeof(double);
    const double needed = bytes_per_pair * double(n), available = double(available_memory());
    if (needed > 1e8 && needed > available)
        throw InputError(concat(n, " pairs need ", memory_text(needed), " of memory, of which ", memory_text(available),
                                " are available; use a smaller cutoff"));
    out.center.reserve(n);
    out.neighbor.reserve(n);
    out.shift.reserve(3 * n);
    out.distance.reserve(n);
}

}  // namespace

Neighbors neighbor_list(std::span<const double> positions, const Box& box, double cutoff, int threads) {
    if (positions.size() % 3 != 0)
        throw InputError(concat("positions has ", positions.size(), " values, not 3 per atom"));
    if (!(cutoff > 0) || !(cutoff < 1e6)) throw InputError(concat("cutoff = ", cutoff, " Å must be positive"));
    const std::size_t n = positions.size() / 3;
    for (std::size_t k = 0; k < positions.size(); ++k)
        if (!(positions[k] - positions[k] == 0))
            throw InputError(concat("positions[", k / 3, "][", k % 3, "] = ", positions[k], " is not finite"));
    if (n >= std::size_t(key_max_atoms))
        throw InputError(concat(n, " atoms are more than a list can hold (", key_max_atoms, ")"));
    const std::vector<std::int32_t> types(n, 0);
    const Lattice lattice(box);
    VerletList list(make_backend({"cpu", threads, ""}), cutoff, 0.0);
    list.build({static_cast<std::int32_t>(n), positions.data(), types.data(), nullptr}, lattice, 1);

    // place of an internal atom, and the lattice vectors that lead from the caller's position to it
    std::vector<std::int32_t> place(n);
    for (std::size_t k = 0; k < n; ++k) place[std::size_t(list.order()[k])] = static_cast<std::int32_t>(k);
    const NeighborListView view = list.neighbors();
    Neighbors out;
    reserve_pairs(out, n > 0 ? std::size_t(view.first[n]) : 0);
    for (std::size_t i = 0; i < n; ++i) {
        const auto k = std::size_t(place[i]);
        const auto wrap_i = lattice.wrap(positions.data() + 3 * i);
        for (std::int64_t p = view.first[k]; p < view.first[k + 1]; ++p) {
            const std::int32_t j = view.index[p];
            const bool is_ghost = j >= list.n_owned();
            const auto g = std::size_t(is_ghost ? j - list.n_owned() : 0);
            const std::int32_t owner = list.order()[is_ghost ? list.ghosts().owner[g] : j];
            const auto wrap_j = lattice.wrap(positions.data() + 3 * std::size_t(owner));
            out.center.push_back(static_cast<std::int32_t>(i));
            out.neighbor.push_back(owner);
            double r2 = 0;
            for (std::size_t c = 0; c < 3; ++c) {
                const std::int32_t image = is_ghost ? list.ghosts().images[3 * g + c] : 0;
                out.shift.push_back(image - wrap_j[c] + wrap_i[c]);
                const double d = list.positions()[3 * std::size_t(j) + c] - list.positions()[3 * k + c];
                r2 += d * d;
            }
            out.distance.push_back(__builtin_sqrt(r2));
        }
    }
    return out;
}

}  // namespace dpmd
