#include "neighbor/lattice.hpp"

#include <cmath>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

// Beyond these limits the arithmetic of cells overflows; no physical cell comes near them.
constexpr double longest_component = 1e10, shortest_vector = 1e-6;  // Å

double norm(const double a[3]) { return std::sqrt(dot(a, a)); }

void set_row(Matrix3& m, int row, const Vector3& v) {
    const double length = norm(v.v);
    for (int k = 0; k < 3; ++k) m[row][k] = v[k] / length;
}

/// A unit vector perpendicular to a.
Vector3 any_normal(const double a[3]) {
    int smallest = 0;
    for (int k = 1; k < 3; ++k)
        if (std::fabs(a[k]) < std::fabs(a[smallest])) smallest = k;
    double axis[3] = {0, 0, 0};
    axis[smallest] = 1;
    return cross(a, axis);
}

}  // namespace

Lattice::Lattice(const Box& box) : periodic(box.periodic) {
    int n_periodic = 0;
    for (int i = 0; i < 3; ++i) {
        if (!periodic[std::size_t(i)]) continue;
        ++n_periodic;
        for (int k = 0; k < 3; ++k) {
            cell[i][k] = box.cell[std::size_t(3 * i + k)];
            if (!std::isfinite(cell[i][k]))
                throw InputError(concat("cell[", i, "][", k, "] = ", cell[i][k], " is not finite"));
            if (std::fabs(cell[i][k]) > longest_component)
                throw InputError(concat("cell[", i, "][", k, "] = ", cell[i][k], " Å is beyond ", longest_component,
                                        " Å, the most that a cell may have; check its unit"));
        }
        if (norm(cell[i]) == 0)
            throw InputError(
                concat("cell vector ", i, " is zero but periodic; give the vector or set pbc[", i, "] to false"));
        if (norm(cell[i]) < shortest_vector)
            throw InputError(concat("cell vector ", i, " is ", norm(cell[i]), " Å long, less than ", shortest_vector,
                                    " Å; check its unit"));
    }
    if (n_periodic == 2) {
        for (int i = 0; i < 3; ++i)
            if (!periodic[std::size_t(i)]) set_row(cell, i, cross(cell[(i + 1) % 3], cell[(i + 2) % 3]));
    } else if (n_periodic == 1) {
        for (int i = 0; i < 3; ++i)
            if (periodic[std::size_t(i)]) {
                set_row(cell, (i + 1) % 3, any_normal(cell[i]));
                set_row(cell, (i + 2) % 3, cross(cell[i], cell[(i + 1) % 3]));
            }
    }
    const double det = determinant(cell), scale = norm(cell[0]) * norm(cell[1]) * norm(cell[2]);
    if (!(std::fabs(det) > 1e-10 * scale))
        throw InputError(
            concat("the cell vectors lie in a plane (volume ", det, " Å^3); give three independent vectors"));
    inverse_cell = inverse(cell);
    for (int i = 0; i < 3; ++i) {
        const Vector3 face = cross(cell[(i + 1) % 3], cell[(i + 2) % 3]);
        width[std::size_t(i)] = std::fabs(det) / norm(face.v);
    }
}

double Lattice::volume() const { return std::fabs(determinant(cell)); }

PeriodicCell Lattice::geometry() const {
    PeriodicCell out{cell, inverse_cell, {}, {}};
    for (std::size_t k = 0; k < 3; ++k) {
        out.periodic[k] = periodic[k];
        out.width[k] = width[k];
    }
    return out;
}

std::array<std::int32_t, 3> Lattice::wrap(const double position[3]) const {
    double cells[3];
    if (!wrap_cells(position, geometry(), cells))
        for (const double n : cells)
            if (!(std::fabs(n) <= farthest_cell))
                throw InputError(concat("a position lies ", n, " cells away from the box; wrap the positions first"));
    return {static_cast<std::int32_t>(cells[0]), static_cast<std::int32_t>(cells[1]),
            static_cast<std::int32_t>(cells[2])};
}

}  // namespace dpmd
