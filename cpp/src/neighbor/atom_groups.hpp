#pragma once
// Owned atoms grouped by type, for evaluators: all of them, and those that can be evaluated before the ghosts of other
// ranks have arrived apart from those that cannot.
#include <cstdint>

#include "backend/backend.hpp"
#include "core/array.hpp"

namespace dpmd {

class AtomGroups {
public:
    explicit AtomGroups(Backend& backend);

    /// Groups n atoms by their types, [n] in backend memory.
    void group(std::int32_t n, const std::int32_t* types, int n_types);
    /// Divides the same atoms by whether they have neighbours from `first_remote` on.
    void separate(const std::int32_t* types, const NeighborListView& neighbors, std::int32_t first_remote);

    AtomsByType all() const { return all_.view(); }
    /// Atoms without ghosts of other ranks among their neighbours, and the rest.
    AtomsByType inner() const { return inner_.view(); }
    AtomsByType outer() const { return outer_.view(); }
    std::size_t bytes() const;

private:
    struct Group {
        explicit Group(Memory& memory) : types(memory), by_type(memory) {}
        AtomsByType view() const { return {by_type.data(), type_first.data()}; }

        Array<std::int32_t> types;  // only of inner and outer atoms: -1 for the others
        Array<std::int32_t> by_type;
        Array<std::int32_t> type_first;  // in host memory
    };
    void fill(Group& group, const std::int32_t* types);

    Backend& backend_;
    std::int32_t n_ = 0;
    int n_types_ = 0;
    Group all_, inner_, outer_;
};

}  // namespace dpmd
