// Pickles and deflated data of any kind give an InputError, or data.
#include <cstdlib>

#include "dpmd/errors.hpp"
#include "importers/archive/inflate.hpp"
#include "importers/archive/pickle.hpp"

namespace {

using namespace dpmd;
using namespace dpmd::importers;

/// Whoever walks the values by recursion comes to an end, and not deep.
void walk(const Pickled& value, int depth) {
    if (depth > max_nesting + 1) std::abort();
    (void)shown(value);
    if (const auto* sequence = std::get_if<PickledSequence*>(&value))
        for (const Pickled& one : (*sequence)->items) walk(one, depth + 1);
    if (const auto* object = std::get_if<PickledObject*>(&value)) walk((*object)->state, depth + 1);
    if (const auto* mapping = std::get_if<PickledMapping*>(&value))
        for (const auto& [key, item] : (*mapping)->members()) {
            const auto* text = std::get_if<std::string_view>(&key);
            if (text != nullptr && (*mapping)->find(*text) != &item) std::abort();
            walk(item, depth + 1);
        }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    try {
        Budget budget(size);
        const Pickle pickle(bytes, "fuzz", budget);
        walk(pickle.root(), 0);
    } catch (const InputError&) {  // no data
    }
    try {
        inflate(bytes, 16 * size);
    } catch (const InputError&) {  // damaged
    }
    return 0;
}
