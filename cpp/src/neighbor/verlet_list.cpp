#include "neighbor/verlet_list.hpp"

#include <limits>
#include <utility>

#include "comm/together.hpp"
#include "math/list_reach.hpp"
#include "neighbor/list_limits.hpp"

namespace dpmd {

VerletList::VerletList(std::shared_ptr<Backend> backend, double cutoff, double skin,
                       std::shared_ptr<Communicator> ranks)
    : backend_(std::move(backend)),
      ranks_(std::move(ranks)),
      cutoff_(cutoff),
      skin_(skin),
      state_(1, backend_->memory()),
      reference_(backend_->memory()),
      order_(backend_->memory()),
      wrap_(backend_->memory()),
      positions_(backend_->memory()),
      types_(backend_->memory()),
      images_(backend_->memory()),
      ids_(backend_->memory()),
      groups_(*backend_),
      halo_(backend_, ranks_),
      first_(backend_->memory()),
      index_(backend_->memory()) {
    require_skin(skin);
}

DisplacementArgs VerletList::displacement_since_built(const double* positions, StepState* state) const {
    return {n_owned_, positions, reference_.data(), reference_lattice_.inverse_cell, reference_lattice_.cell, state};
}

bool VerletList::is_valid(const AtomsView& atoms, const Lattice& lattice) {
    const bool fits = n_builds_ > 0 && atoms.n == n_owned_;
    if (ranks_->size() == 1 && !fits) return false;
    double max_squared = fits ? max_displacement_squared(atoms, lattice) : std::numeric_limits<double>::infinity();
    ranks_->max({&max_squared, 1});
    return list_holds(cutoff_, skin_,
                      deformation_of(reference_lattice_.cell, reference_lattice_.inverse_cell, lattice.cell),
                      max_squared);
}

double VerletList::max_displacement_squared(const AtomsView& atoms, const Lattice& lattice) {
    StepState now;
    now.cell = lattice.cell;
    Memory& memory = backend_->memory();
    memory.copy_in(state_.data(), &now, sizeof now);
    backend_->displacement(displacement_since_built(atoms.positions, state_.data()));
    return memory.element(state_.data(), 0).max_displacement_squared;
}

void VerletList::judge(const AtomsView& atoms, StepState* state) const {
    backend_->displacement(displacement_since_built(atoms.positions, state));
    backend_->judge_list({cutoff_, skin_, reference_lattice_.inverse_cell, reference_lattice_.cell, state});
}

void VerletList::build(const AtomsView& atoms, const Lattice& lattice, int n_types) {
    together(*ranks_, [&] {
        require_density(atoms.n, lattice, cutoff_ + skin_);
        n_owned_ = atoms.n;
        reference_lattice_ = lattice;
        reference_.resize_with_slack(3 * std::size_t(n_owned_));
        backend_->memory().copy(reference_.data(), atoms.positions, reference_.size() * sizeof(double));
        sort_and_wrap(atoms, lattice);
    });
    halo_.build(decomposition_, lattice.geometry(), positions_.data(), n_owned_, cutoff_ + skin_);
    together(*ranks_, [&] {
        const auto all = std::size_t(n_total());
        // growth discards the positions; the update below writes those of owned atoms again
        positions_.resize_with_slack(3 * all);
        types_.resize_with_slack(all);
        ids_.resize_with_slack(all);
        images_.resize_with_slack(3 * all);
        backend_->gather_atoms({n_owned_, halo_.n_local(), order_.data(), ghosts().owner.data(), ghosts().images.data(),
                                atoms.types, atoms.ids, types_.data(), ids_.data(), images_.data()});
        groups_.group(n_owned_, types_.data(), n_types);
    });
    halo_.fetch(types_.data(), ids_.data(), images_.data());
    ++n_builds_;
    start_update(atoms, lattice);
    finish_update();
    together(*ranks_, [&] {
        build_pairs();
        if (ranks_->size() > 1) groups_.separate(types_.data(), neighbors(), n_owned_ + halo_.n_local());
    });
}

void VerletList::sort_and_wrap(const AtomsView& atoms, const Lattice& lattice) {
    const auto n = std::size_t(atoms.n);
    order_.resize_with_slack(n);
    wrap_.resize_with_slack(3 * n);
    positions_.resize_with_slack(3 * n);
    WrapArgs wrap;
    wrap.n = atoms.n;
    wrap.positions = atoms.positions;
    wrap.cell = lattice.geometry();
    wrap.wrap = wrap_.data();
    wrap.wrapped = positions_.data();
    backend_->wrap(wrap);
    if (wrap.too_far >= 0) {
        double position[3];
        backend_->memory().copy_out(position, atoms.positions + 3 * std::size_t(wrap.too_far), sizeof position);
        (void)lattice.wrap(position);  // throws an error that says what is wrong
    }
    SortByCellArgs sort;
    sort.n = atoms.n;
    sort.positions = positions_.data();
    sort.cell_size = 0.5 * (cutoff_ + skin_);
    sort.order = order_.data();
    backend_->sort_by_cell(sort);
    wrap.order = order_.data();
    backend_->wrap(wrap);
}

void VerletList::build_pairs() {
    first_.resize_with_slack(std::size_t(n_owned_) + 1);
    BuildNeighborsArgs args;
    args.n_owned = n_owned_;
    args.n_total = n_total();
    args.positions = positions_.data();
    args.types = types_.data();
    args.ids = ids_.data();
    args.images = images_.data();
    args.cutoff = cutoff_ + skin_;
    args.first = first_.data();
    for (;;) {
        args.index = index_.data();
        args.capacity = static_cast<std::int64_t>(index_.capacity());
        backend_->build_neighbors(args);
        if (args.n_pairs <= args.capacity) break;
        if (backend_->memory().is_host()) require_memory(args);
        index_.resize_with_slack(std::size_t(args.n_pairs));
    }
    n_pairs_ = args.n_pairs;
    most_neighbors_ = args.most;
}

void VerletList::start_update(const AtomsView& atoms, const Matrix3* cell) {
    backend_->place_atoms({n_owned_, atoms.positions, order_.data(), wrap_.data(), cell, positions_.data()});
    halo_.start_forward(cell, positions_.data());
}

void VerletList::start_update(const AtomsView& atoms, const Lattice& lattice) {
    Matrix3* cell = &state_.data()->cell;
    backend_->memory().copy_in(cell, &lattice.cell, sizeof(Matrix3));
    start_update(atoms, cell);
}

std::size_t VerletList::bytes() const {
    return reference_.bytes() + order_.bytes() + wrap_.bytes() + positions_.bytes() + types_.bytes() + images_.bytes() +
           ids_.bytes() + groups_.bytes() + halo_.bytes() + first_.bytes() + index_.bytes();
}

}  // namespace dpmd
