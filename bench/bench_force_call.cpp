// Question: how many atoms per second does one force call handle, with the list built and with the list kept, in every
// form, precision and instruction set, as the system outgrows the caches and the number of threads grows? And on every
// GPU? Forces come back to the host before a call returns, so the time of a call includes that of the device.
// Checked before timing: every cell has the forces that the exact nets in double give for one cell.
#include "cases.hpp"
#include "check.hpp"
#include "core/text.hpp"
#include "flop_count.hpp"
#include "structure.hpp"
#include "variant.hpp"

namespace dpmd::bench {
namespace {

constexpr double kept_list_skin = 2.0;  // Å

void force_call(benchmark::State& state, const Variant& variant, double skin, const Size& size) {
    const Structure structure = structure_for(model().type_map, size.side);
    const Atoms atoms{structure.positions, structure.types, structure.box, {}, {}};
    const std::shared_ptr<Potential> potential = load(variant, size.threads, skin);
    const Result result = potential->compute(atoms);
    const std::string fault = fault_of(variant, *potential, result.forces, result.energy);
    if (!fault.empty()) return state.SkipWithError(fault.c_str());

    const double seconds = time_calls(state, [&] { benchmark::DoNotOptimize(potential->compute(atoms).energy); });
    const double flop = total_flop(count_call(*potential, size.side));
    set_counters(state, {double(structure.size()), flop, 0, peak_of(variant, size.threads)}, seconds);
}

}  // namespace

void register_cases() {
    structure_for(model().type_map, 1);  // ends the program for a model that cannot be measured
    for (const bool is_kept : {false, true})
        for (const Variant& variant : with_devices(all_variants()))
            for (const Size& size : sizes_on(variant.device, {1, 2, 4})) {
                const std::string name =
                    concat(is_kept ? "list_kept/" : "list_built_every_call/", variant.name(), "/", size.name());
                add_case(name, [=](benchmark::State& state) {
                    force_call(state, variant, is_kept ? kept_list_skin : 0, size);
                })->UseRealTime();
            }
}

}  // namespace dpmd::bench
