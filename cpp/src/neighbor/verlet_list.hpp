#pragma once
// The neighbour list over time: atoms wrapped into the box and sorted into cells, their ghosts, and a list with a skin
// that stays valid until an atom of any rank has moved too far. With several ranks every call is collective.
#include <cstdint>
#include <memory>
#include <vector>

#include "backend/backend.hpp"
#include "comm/halo.hpp"
#include "core/array.hpp"
#include "neighbor/atom_groups.hpp"
#include "neighbor/atoms_view.hpp"
#include "neighbor/lattice.hpp"

namespace dpmd {

class VerletList {
public:
    /// `cutoff` of the model and `skin`, Å.
    VerletList(std::shared_ptr<Backend> backend, double cutoff, double skin,
               std::shared_ptr<Communicator> ranks = make_single_rank());

    double cutoff() const { return cutoff_; }
    /// The cutoff of the next list, Å.
    void set_cutoff(double cutoff) { cutoff_ = cutoff; }
    /// Whether the list still holds every pair within the cutoff (math/list_reach.hpp). Without deformation of the
    /// cell: has no atom moved more than half the skin?
    bool is_valid(const AtomsView& atoms, const Lattice& lattice);
    /// The same for the cell of a StepState in backend memory, which halts if not; the host does not wait. One rank
    /// only.
    void judge(const AtomsView& atoms, StepState* state) const;
    /// Sets which rank owns which part of the box, for the next builds. Atoms must already be there.
    void set_decomposition(const Decomposition& decomposition) { decomposition_ = decomposition; }
    /// Builds everything anew for these atoms.
    void build(const AtomsView& atoms, const Lattice& lattice, int n_types);
    /// Brings internal positions and ghosts up to date, in two parts: between them the ghosts of other ranks are on
    /// their way, and only inner atoms have all their neighbours. The list must be valid.
    void start_update(const AtomsView& atoms, const Lattice& lattice);
    /// The same with the cell in backend memory.
    void start_update(const AtomsView& atoms, const Matrix3* cell);
    void finish_update() { halo_.finish_forward(positions_.data()); }
    /// Adds the values of ghosts to their owners, [n_total][width].
    void reverse(int width, std::int64_t* values) { halo_.reverse(width, values); }

    /// Atoms in internal order: owned (sorted by cells), then ghosts; in backend memory.
    std::int32_t n_owned() const { return n_owned_; }
    std::int32_t n_ghosts() const { return halo_.n_ghosts(); }
    std::int32_t n_total() const { return n_owned_ + n_ghosts(); }
    const double* positions() const { return positions_.data(); }
    const std::int32_t* types() const { return types_.data(); }
    const std::int64_t* ids() const { return ids_.data(); }
    /// Owned atoms by type.
    const AtomGroups& groups() const { return groups_; }
    NeighborListView neighbors() const { return {first_.data(), index_.data(), most_neighbors_}; }
    /// The ghosts of own atoms; those of other ranks come after them.
    const PeriodicImages& ghosts() const { return halo_.local(); }
    HaloCounts halo_counts() const { return halo_.counts(); }
    Communicator& ranks() const { return *ranks_; }
    /// order()[k] = the caller's atom at internal place k.
    const std::int32_t* order() const { return order_.data(); }

    double skin() const { return skin_; }
    std::int64_t n_pairs() const { return n_pairs_; }
    std::int64_t n_builds() const { return n_builds_; }
    /// Positions and cell when the list was built, in the caller's order: what a checkpoint needs to build it again.
    std::vector<double> reference_positions() const { return reference_.on_host(); }
    const Lattice& reference_lattice() const { return reference_lattice_; }
    std::size_t bytes() const;

private:
    void sort_and_wrap(const AtomsView& atoms, const Lattice& lattice);
    void build_pairs();
    double max_displacement_squared(const AtomsView& atoms, const Lattice& lattice);
    DisplacementArgs displacement_since_built(const double* positions, StepState* state) const;

    std::shared_ptr<Backend> backend_;
    std::shared_ptr<Communicator> ranks_;
    Decomposition decomposition_;
    double cutoff_, skin_;
    std::int32_t n_owned_ = 0;
    std::int32_t most_neighbors_ = 0;
    std::int64_t n_pairs_ = 0, n_builds_ = 0;
    Lattice reference_lattice_;
    Array<StepState> state_;              // [1] for checks by the host
    Array<double> reference_;             // [n_owned][3] caller's order
    Array<std::int32_t> order_, wrap_;    // [n_owned], [n_owned][3] internal order
    Array<double> positions_;             // [n_total][3]
    Array<std::int32_t> types_, images_;  // [n_total], [n_total][3]
    Array<std::int64_t> ids_;             // [n_total]
    AtomGroups groups_;
    Halo halo_;
    Array<std::int64_t> first_;  // [n_owned + 1]
    Array<std::int32_t> index_;  // [n_pairs]
};

}  // namespace dpmd
