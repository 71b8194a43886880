#include "importers/archive/pickle.hpp"

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/archive/pickle_machine.hpp"

namespace dpmd::importers {

namespace {

constexpr std::uint64_t characters_per_value = 8;

/// What a scalar counts among the values of a document; long texts count more.
std::uint64_t weight(const Pickled& value) {
    if (const auto* text = std::get_if<std::string_view>(&value)) return 1 + text->size() / characters_per_value;
    if (const auto* bytes = std::get_if<PickledBytes>(&value)) return 1 + bytes->content.size() / characters_per_value;
    return 1;
}

PickledContainer* container_of(const Pickled& value) {
    if (const auto* sequence = std::get_if<PickledSequence*>(&value)) return *sequence;
    if (const auto* mapping = std::get_if<PickledMapping*>(&value)) return *mapping;
    if (const auto* object = std::get_if<PickledObject*>(&value)) return *object;
    return nullptr;
}

/// Counts values, those that are shared wherever they appear.
class Census {
public:
    Census(std::uint64_t most, const std::string& place) : most_(most), place_(place) {}

    std::uint64_t count(const Pickled& value, int depth) {
        PickledContainer* container = container_of(value);
        if (container == nullptr) return weight(value);
        if (container->n_values > 0) return container->n_values;
        if (container->is_open) throw InputError(place_ + ": a value holds itself");
        if (depth > max_nesting) throw InputError(concat(place_, ": values are nested deeper than ", max_nesting));
        container->is_open = true;
        std::uint64_t n = 1;
        const auto add = [&](const Pickled& inner) {
            n += count(inner, depth + 1);
            if (n > most_) throw InputError(concat(place_, ": shared values expand it beyond ", most_, " values"));
        };
        if (const auto* sequence = std::get_if<PickledSequence*>(&value))
            for (const Pickled& item : (*sequence)->items) add(item);
        if (const auto* object = std::get_if<PickledObject*>(&value)) add((*object)->state);
        if (const auto* mapping = std::get_if<PickledMapping*>(&value))
            for (const auto& [key, item] : (*mapping)->members()) {
                add(key);
                add(item);
            }
        container->is_open = false;
        return container->n_values = n;
    }

private:
    std::uint64_t most_;
    const std::string& place_;
};

}  // namespace

Pickle::Pickle(std::span<const std::byte> content, const std::string& place, Budget& budget) : store_(budget) {
    PickleMachine machine(content, store_);
    try {
        root_ = machine.run();
    } catch (const InputError& error) {
        throw InputError(concat(place, ", offset ", machine.position(), ": ", error.what()));
    }
    for (PickledMapping& mapping : store_.mappings()) mapping.settle();
    Census(most_values(content.size()), place).count(root_, 0);
}

}  // namespace dpmd::importers
