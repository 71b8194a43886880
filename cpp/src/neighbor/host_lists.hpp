#pragma once
// The neighbour lists of a host code, checked and in the order that evaluators need.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.hpp"
#include "core/array.hpp"
#include "neighbor/verlet_list.hpp"

namespace dpmd {

/// Neighbours as host codes keep them, in host memory. Atoms 0 to n_owned - 1 are the host's own; ghosts follow.
struct HostNeighbors {
    std::int32_t n_owned = 0, n_ghosts = 0;
    const double* positions = nullptr;           ///< [n_owned + n_ghosts][3] Å when the list was made
    const std::int32_t* types = nullptr;         ///< [n_owned + n_ghosts], -1: ignored by the models
    const std::int64_t* ids = nullptr;           ///< [n_owned + n_ghosts] break ties in distance; null: the index
    std::int32_t n_lists = 0;                    ///< at most n_owned: atoms that have a list; others have no neighbours
    const std::int32_t* atoms = nullptr;         ///< [n_lists] whose lists these are; null: 0 to n_lists - 1
    const std::int32_t* counts = nullptr;        ///< [n_lists]
    const std::int32_t* const* lists = nullptr;  ///< [n_lists][counts]: atoms and ghosts within any distance
    std::int32_t index_mask = -1;                ///< applied to entries: some hosts keep flags in the high bits
    bool half = false;  ///< a pair of owned atoms is in one of their lists only; ghosts are in every list they belong
                        ///< to
    std::int32_t first_type = -1;  ///< of the first atom of the whole system; -1: types[0]
    bool listed_only = false;      ///< atoms without a list are no centres, only neighbours of others
};

/// Throws InputError, naming the first coordinate ([n][3] Å) that is not finite or too large for keys and kernels.
void require_coordinates(std::span<const double> positions, int n_threads);

/// An array of the host where a backend can read it: itself, or a copy in backend memory.
template <class T>
class HostArray {
public:
    explicit HostArray(Memory& memory) : memory_(&memory), copy_(memory) {}

    /// Valid until the next call, and while `from_host` is unchanged. Null stays null.
    const T* put(const T* from_host, std::size_t n) {
        if (memory_->is_host() || from_host == nullptr) return from_host;
        copy_.copy_in({from_host, n});
        return copy_.data();
    }

private:
    Memory* memory_;
    Array<T> copy_;
};

class HostLists {
public:
    explicit HostLists(std::shared_ptr<Backend> backend);

    /// Takes lists over, for models of `n_types` types. Throws InputError, naming the atom whose list, type or position
    /// is wrong; then there are no lists.
    void set(const HostNeighbors& given, std::int32_t n_types);
    bool are_set() const { return are_set_; }

    std::int32_t n_owned() const { return n_owned_; }
    std::int32_t n_total() const { return n_total_; }
    /// [n_total], in backend memory.
    const std::int32_t* types() const { return types_.data(); }
    std::int32_t first_type() const { return first_type_; }
    AtomsByType by_type() const { return {by_type_.data(), type_first_.data()}; }
    /// Ordered by type, then distance at the time of `set`, then id.
    NeighborListView neighbors() const { return {first_.data(), index_.data(), most_}; }

private:
    void check_atoms(const HostNeighbors& given, std::int32_t n_types) const;
    void copy_lists(const HostNeighbors& given);
    void gather(const HostNeighbors& given);
    void group_centers(const HostNeighbors& given, std::int32_t n_types);

    std::shared_ptr<Backend> backend_;
    bool are_set_ = false;
    std::int32_t n_owned_ = 0, n_total_ = 0, most_ = 0;
    std::vector<std::int32_t> listed_;      // [n_lists] the atom of each list
    std::vector<std::int64_t> list_first_;  // [n_lists + 1] offsets into entries_
    Array<std::int32_t> entries_;           // of the lists as they were given, in host memory
    HostArray<std::int32_t> given_atoms_, given_entries_;
    HostArray<std::int64_t> given_first_, given_ids_;
    HostArray<double> given_positions_;
    Array<std::int64_t> first_;    // [n_owned + 1]
    Array<std::int32_t> index_;    // [n_pairs]
    std::int32_t first_type_ = 0;  // of the first atom
    Array<std::int32_t> types_;    // [n_total]
    Array<std::int32_t> by_type_;
    std::vector<std::int32_t> type_first_;
};

}  // namespace dpmd
