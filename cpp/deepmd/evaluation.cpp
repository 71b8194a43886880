#include "evaluation.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "by_cell.hpp"
#include "by_lists.hpp"
#include "handle.hpp"
#include "printed.hpp"

namespace dpmd::deepmd {
namespace {

std::size_t at_least_none(int n) { return n > 0 ? static_cast<std::size_t>(n) : 0; }

template <class Real>
Sizes sizes_of(const Models& models, Form form, const Call<Real>& call, const Lists* lists) {
    const std::size_t frames = at_least_none(call.n_frames), n = at_least_none(call.n_atoms);
    const std::size_t n_own = lists == nullptr ? n : n - std::min(n, at_least_none(lists->n_ghosts));
    const std::size_t blocks = form == Form::one_frame ? models.n_models : frames;
    return {3 * n * frames,
            lists == nullptr ? 9 * frames : 0,
            frames * std::size_t(models.info.n_fparam),
            frames * n_own * std::size_t(models.info.n_aparam),
            blocks,
            3 * n * blocks,
            9 * blocks,
            n * blocks,
            9 * n * blocks};
}

template <class Real>
void put_nan(const Results<Real>& out, const Sizes& sizes) noexcept {
    const auto put = [](auto* to, std::size_t n) {
        using Value = std::remove_pointer_t<decltype(to)>;
        if (to != nullptr) std::fill_n(to, n, std::numeric_limits<Value>::quiet_NaN());
    };
    put(out.energy, sizes.energy);
    put(out.force, sizes.force);
    put(out.virial, sizes.virial);
    put(out.atom_energy, sizes.atom_energy);
    put(out.atom_virial, sizes.atom_virial);
}

template <class Real>
void require_sound(Form form, const Call<Real>& call) {
    const auto require_not_negative = [](int n, const char* name) {
        if (n < 0) throw Failure(std::string(name) + " = " + std::to_string(n) + " is negative");
    };
    require_not_negative(call.n_frames, "nframes");
    require_not_negative(call.n_atoms, "natoms");
    if (form == Form::one_frame && call.n_frames != 1)
        throw Failure("nframes = " + std::to_string(call.n_frames) + "; several models take one frame in a call");
}

/// Whether a model takes parameters that a host has not given.
template <class Real>
bool lacks_parameters(const dpmd_info& info, const Call<Real>& call) {
    return (info.n_fparam > 0 && info.has_default_fparam == 0 && call.fparam == nullptr) ||
           (info.n_aparam > 0 && call.aparam == nullptr);
}

void compute(Models& models, Form form, const Call<double>& call, const Results<double>& out, const Lists* lists) {
    if (lists != nullptr) compute_by_lists(models, call, out, *lists);
    else compute_by_cell(models, form, call, out);
}

void compute(Models& models, Form form, const Call<float>& call, const Results<float>& out, const Lists* lists) {
    const Sizes sizes = sizes_of(models, form, call, lists);
    Widened& widened = models.widened;
    compute(models, form, widened.take(call, sizes), widened.room(out, sizes), lists);
    widened.give(out, sizes);
}

}  // namespace

template <class Real>
void evaluate(Models* models, Form form, const Call<Real>& call, const Results<Real>& out,
              const Lists* lists) noexcept {
    if (models == nullptr) return say("a function that computes was called with NULL in place of a model");
    const bool can_compute = models->engine != nullptr;  // else the error of loading stays
    if (can_compute && guarded(*models, [&] {
            require_sound(form, call);
            compute(*models, form, call, out, lists);
        }))
        return say_warning(*models);
    Results<Real> spoilt = out;
    if (lacks_parameters(models->info, call)) spoilt.energy = nullptr;  // as DeePMD-kit leaves it
    put_nan(spoilt, sizes_of(*models, form, call, lists));
    say_error(*models);
}

template void evaluate(Models*, Form, const Call<double>&, const Results<double>&, const Lists*) noexcept;
template void evaluate(Models*, Form, const Call<float>&, const Results<float>&, const Lists*) noexcept;

}  // namespace dpmd::deepmd
