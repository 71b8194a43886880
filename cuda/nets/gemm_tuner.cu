#include "nets/gemm_tuner.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/text.hpp"
#include "nets/layers.hpp"

namespace dpmd::gpu {
namespace {

constexpr GemmUnits all_units[] = {GemmUnits::plain, GemmUnits::matrix, GemmUnits::library};
constexpr const char* unit_names[] = {"simt", "matrix", "blas"};
constexpr const char* operand_names[] = {"", " bfloat16", " tf32", " 3xtf32"};
const char* name_of(GemmUnits units) { return unit_names[static_cast<int>(units)]; }

// Enough rows to keep the device busy, in arrays that are small compared to a model.
constexpr std::int64_t most_bytes = std::int64_t(64) << 20, least_rows = 2048, most_rows = 16384;
constexpr int n_repeats = 5;
/// Other units must be faster than our own fastest ones by this factor, so that noise changes no results.
constexpr double least_gain = 0.9;

std::optional<GemmUnits> forced_units(const std::string& name) {
    if (name.empty()) return std::nullopt;
    for (const GemmUnits units : all_units)
        if (name == name_of(units)) return units;
    throw InputError(concat("DPMD_GEMM = '", name, "' is not one of: simt, matrix, blas"));
}

std::string from_environment() {
    const char* value = std::getenv("DPMD_GEMM");
    return value != nullptr ? value : "";
}

class Stopwatch {
public:
    Stopwatch() {
        check(gpu::create_event(&begin_), "creating an event");
        check(gpu::create_event(&end_), "creating an event");
    }
    ~Stopwatch() {
        (void)gpu::destroy_event(begin_);
        (void)gpu::destroy_event(end_);
    }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;

    /// The shortest of a few runs, ms.
    template <class F>
    double time(Queue& queue, F&& work) {
        work();
        double least = 1e30;
        for (int k = 0; k < n_repeats; ++k) {
            check(gpu::record(begin_, queue.stream()), "recording an event");
            work();
            check(gpu::record(end_, queue.stream()), "recording an event");
            check(gpu::synchronize_event(end_), "waiting for an event");
            float ms = 0;
            check(gpu::elapsed_ms(&ms, begin_, end_), "reading the time between events");
            least = std::min(least, static_cast<double>(ms));
        }
        return least;
    }

private:
    Event begin_{}, end_{};
};

}  // namespace

GemmTuner::GemmTuner(Queue& queue, Memory& memory, const std::string& forced)
    : queue_(queue), memory_(memory), forced_(forced_units(forced)) {}

GemmTuner::GemmTuner(Queue& queue, Memory& memory, const std::string& forced, const std::string& file)
    : GemmTuner(queue, memory, forced) {
    if (forced_ || file.empty()) return;
    measures_ = true;
    file_ = file;
    choices_ = read_choices(file_);
    std::erase_if(choices_, [this](const auto& entry) {
        return !can_use(entry.first, entry.second.rows_known) || !can_use(entry.first, entry.second.rows_unknown);
    });
}

GemmTuner::GemmTuner(Queue& queue, Memory& memory)
    : GemmTuner(queue, memory, from_environment(), times_kernels ? choices_file(queue.properties().name) : "") {}

/// Whether a choice from a file can be used: the library may have been removed, or the file may come from another
/// machine.
bool GemmTuner::can_use(const GemmShape& shape, GemmUnits units) {
    const bool has_products = shape.is_double ? has<double>(units, shape.operands) : has<float>(units, shape.operands);
    return has_products && (units != GemmUnits::library || can_open_library());
}

GpuBlas& GemmTuner::library() {
    if (!library_) library_ = std::make_unique<GpuBlas>(queue_, memory_);
    return *library_;
}

bool GemmTuner::can_open_library() {
    if (!no_library_.empty()) return false;
    try {
        (void)library();
        return true;
    } catch (const DeviceError& error) {
        no_library_ = error.what();
        return false;
    }
}

/// Whether units have such products.
template <class Real>
bool GemmTuner::has(GemmUnits units, Operands operands) {
    switch (units) {
        case GemmUnits::plain: return true;
        case GemmUnits::matrix: return sizeof(Real) == 8 || operands != Operands::plain;
        // operands would first have to be converted to bfloat16
        case GemmUnits::library:
            return (sizeof(Real) == 8 || operands != Operands::bfloat16) && open_blas().functions != nullptr;
    }
    return false;
}

template <class Real>
GemmChoice GemmTuner::measured(GemmDirection direction, const LayerView<Real>& layer) {
    const std::int64_t widest = std::max(layer.in_stride, layer.out_stride);
    const std::int64_t n_rows =
        std::clamp(most_bytes / (widest * std::int64_t(sizeof(Real))), least_rows, most_rows) / 128 * 128;
    Array<Real> in(std::size_t(n_rows * widest), memory_), out(std::size_t(n_rows * widest), memory_);
    Array<Real> slope(std::size_t(n_rows * widest), memory_);
    Stopwatch stopwatch;
    GemmChoice choice{};
    for (const GemmUnits units : all_units) {
        if (!has<Real>(units, layer.operands)) continue;
        if (units == GemmUnits::library && !can_open_library()) continue;
        queue_.clear(in.data(), in.bytes());
        queue_.clear(slope.data(), slope.bytes());
        const double ms = stopwatch.time(queue_, [&] {
            if (direction == GemmDirection::forward)
                layer_forward_on(units, *this, layer, {n_rows}, in.data(), layer.in_stride, out.data(), slope.data());
            else layer_backward_on(units, *this, layer, {n_rows}, in.data(), slope.data(), out.data());
        });
        choice.microseconds[static_cast<int>(units)] = 1e6 * ms / static_cast<double>(n_rows);
    }
    const double* time = choice.microseconds;
    const auto matrix = static_cast<int>(GemmUnits::matrix), library = static_cast<int>(GemmUnits::library);
    choice.rows_unknown = GemmUnits::plain;
    if (time[matrix] > 0 && least_gain * time[matrix] < time[0]) choice.rows_unknown = GemmUnits::matrix;
    choice.rows_known = choice.rows_unknown;
    if (time[library] > 0 && time[library] < least_gain * time[static_cast<int>(choice.rows_unknown)])
        choice.rows_known = GemmUnits::library;
    return choice;
}

template <class Real>
void GemmTuner::prepare(const LayerView<Real>& layer) {
    if (forced_ == GemmUnits::library && has<Real>(GemmUnits::library, layer.operands)) (void)library();
    if (forced_ || !measures_) return;
    for (const GemmDirection direction : {GemmDirection::forward, GemmDirection::backward}) {
        if (layer.n_in == 1 || layer.n_out == 1) continue;  // no products
        const GemmShape shape{direction, layer.n_in, layer.n_out, layer.operands, sizeof(Real) == 8};
        if (choices_.contains(shape)) continue;
        choices_.emplace(shape, measured(direction, layer));
        write_choices(choices_, file_);
    }
}

template <class Real>
GemmUnits GemmTuner::units(GemmDirection direction, const LayerView<Real>& layer, bool rows_known) const {
    if (forced_ && has<Real>(*forced_, layer.operands) && (rows_known || *forced_ != GemmUnits::library))
        return *forced_;
    const auto found = choices_.find({direction, layer.n_in, layer.n_out, layer.operands, sizeof(Real) == 8});
    if (found != choices_.end()) return rows_known ? found->second.rows_known : found->second.rows_unknown;
    return !forced_ && has<Real>(GemmUnits::matrix, layer.operands) ? GemmUnits::matrix : GemmUnits::plain;
}

std::string GemmTuner::describe() const {
    std::string out;
    if (forced_) out = concat(name_of(*forced_), " where possible, as DPMD_GEMM says\n");
    for (const auto& [shape, choice] : choices_) {
        out += concat(
            shape.n_in, " -> ", shape.n_out, shape.is_double ? " double" : " single",
            operand_names[static_cast<int>(shape.operands)],
            shape.direction == GemmDirection::forward ? " forward: " : " backward: ", name_of(choice.rows_known));
        if (choice.rows_unknown != choice.rows_known) out += concat(", ", name_of(choice.rows_unknown));
        out += " (us per 1000 rows:";
        for (const GemmUnits units : all_units)
            if (const double time = choice.microseconds[static_cast<int>(units)]; time > 0)
                out += concat(" ", name_of(units), " ", time);
        out += ")\n";
    }
    const std::string& reason = open_blas().functions == nullptr ? open_blas().reason : no_library_;
    if (!reason.empty()) out += concat("no library of matrix products: ", reason, "\n");
    return out;
}

#define DPMD_INSTANTIATE(Real)                                \
    template void GemmTuner::prepare(const LayerView<Real>&); \
    template GemmUnits GemmTuner::units(GemmDirection, const LayerView<Real>&, bool) const;
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
