#include "neighbor/verlet_list.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "math/packed_key.hpp"

namespace dpmd {
namespace {

/// Smallest singular value of a 3 x 3 matrix: the root of the smallest eigenvalue of F F^T (trigonometric solution of
/// the cubic for symmetric matrices, Smith 1961).
double smallest_stretch(const Matrix3& f) {
    const Matrix3 s = product(f, transpose(f));
    const double mean = (s[0][0] + s[1][1] + s[2][2]) / 3;
    double p = 0;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) p += (s[i][j] - (i == j ? mean : 0)) * (s[i][j] - (i == j ? mean : 0));
    p = std::sqrt(p / 6);
    if (p < 1e-14 * mean) return std::sqrt(mean);
    Matrix3 b = s;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) b[i][j] = (s[i][j] - (i == j ? mean : 0)) / p;
    const double angle = std::acos(std::clamp(determinant(b) / 2, -1.0, 1.0)) / 3;
    constexpr double third_turn = 2.0943951023931953;
    return std::sqrt(std::max(0.0, mean + 2 * p * std::cos(angle + third_turn)));
}

}  // namespace

VerletList::VerletList(std::shared_ptr<Backend> backend, double cutoff, double skin)
    : backend_(std::move(backend)),
      cutoff_(cutoff),
      skin_(skin),
      reference_(backend_->memory()),
      order_(backend_->memory()),
      wrap_(backend_->memory()),
      positions_(backend_->memory()),
      types_(backend_->memory()),
      images_(backend_->memory()),
      ids_(backend_->memory()),
      by_type_(backend_->memory()),
      ghosts_(backend_->memory()),
      first_(backend_->memory()),
      index_(backend_->memory()) {
    if (!(skin >= 0) || !std::isfinite(skin)) throw InputError(concat("skin = ", skin, " Å must be zero or more"));
}

bool VerletList::is_valid(const AtomsView& atoms, const Lattice& lattice) const {
    if (n_builds_ == 0 || atoms.n != n_owned_) return false;
    const bool same_cell =
        std::equal(&lattice.cell.m[0][0], &lattice.cell.m[0][0] + 9, &reference_lattice_.cell.m[0][0]);
    DisplacementArgs args;
    args.n = atoms.n;
    args.positions = atoms.positions;
    args.reference = reference_.data();
    args.deformation = same_cell ? identity3 : product(reference_lattice_.inverse_cell, lattice.cell);
    backend_->displacement(args);
    if (!std::isfinite(args.max_squared)) return false;
    const double stretch = same_cell ? 1.0 : smallest_stretch(args.deformation);
    return cutoff_ + 2 * std::sqrt(args.max_squared) <= stretch * (cutoff_ + skin_);
}

void VerletList::build(const AtomsView& atoms, const Lattice& lattice, int n_types) {
    if (atoms.n >= key_max_atoms)
        throw InputError(concat(atoms.n, " atoms are more than the neighbour keys count on one rank (", key_max_atoms,
                                "); use more ranks"));
    n_owned_ = atoms.n;
    reference_lattice_ = lattice;
    const auto n_owned = std::size_t(n_owned_);
    reference_.resize_with_slack(3 * n_owned);
    backend_->memory().copy(reference_.data(), atoms.positions, 3 * n_owned * sizeof(double));
    sort_and_wrap(atoms, lattice);

    ghosts_.build(*backend_, lattice, positions_.data(), n_owned_, cutoff_ + skin_);
    const std::size_t n_total = n_owned + ghosts_.size();
    // positions grow: owned ones are placed again by update()
    positions_.resize_with_slack(3 * n_total);
    types_.resize_with_slack(n_total);
    ids_.resize_with_slack(n_total);
    images_.resize_with_slack(3 * n_total);
    backend_->gather_atoms({n_owned_, n_ghosts(), order_.data(), ghosts_.owner.data(), ghosts_.images.data(),
                            atoms.types, atoms.ids, types_.data(), ids_.data(), images_.data()});
    by_type_.resize_with_slack(n_owned);
    type_first_.resize_discard(std::size_t(n_types) + 1);
    backend_->group_by_type({n_owned_, n_types, types_.data(), by_type_.data(), type_first_.data()});
    ++n_builds_;
    update(atoms, lattice);
    build_pairs();
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
        (void)lattice.wrap(position);  // says what is wrong
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
        index_.resize_with_slack(std::size_t(args.n_pairs));
    }
    n_pairs_ = args.n_pairs;
    most_neighbors_ = args.most;
}

void VerletList::update(const AtomsView& atoms, const Lattice& lattice) {
    backend_->place_atoms(
        {n_owned_, atoms.positions, order_.data(), wrap_.data(), lattice.cell, positions_.data()});
    backend_->forward_ghosts({n_owned_, n_ghosts(), ghosts_.owner.data(), ghosts_.images.data(), lattice.cell,
                              positions_.data()});
}

std::size_t VerletList::bytes() const {
    return reference_.bytes() + order_.bytes() + wrap_.bytes() + positions_.bytes() + types_.bytes() + images_.bytes() +
           ids_.bytes() + by_type_.bytes() + type_first_.bytes() + ghosts_.owner.bytes() + ghosts_.images.bytes() +
           first_.bytes() + index_.bytes();
}

}  // namespace dpmd
