#include <algorithm>
#include <cmath>
#include <random>

#include "comm/decomposition.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "neighbor/lattice.hpp"
#include "plan.hpp"

namespace dpmd::bench {
namespace {

constexpr double pi = 3.14159265358979323846;

/// Numbers of std::mt19937 are the same on all systems, those of std distributions are not.
class Uniform {
public:
    double operator()(double low, double high) { return low + (high - low) * (double(random_()) / 4294967296.0); }

private:
    std::mt19937 random_{1};
};

/// `n` cubes of `edge` Å along each direction, each filled by `fill(corner, positions)`.
template <class F>
std::vector<double> fill_cubes(const std::array<int, 3>& n, double edge, F&& fill) {
    std::vector<double> positions;
    for (int a = 0; a < n[0]; ++a)
        for (int b = 0; b < n[1]; ++b)
            for (int c = 0; c < n[2]; ++c) fill({{a * edge, b * edge, c * edge}}, positions);
    return positions;
}

constexpr double water_edge = 3.128, water_bond = 0.9572, water_angle = 104.52 * pi / 180;  // Å: 0.98 g/cm^3

std::vector<double> water(const std::array<int, 3>& n, Uniform& random) {
    return fill_cubes(n, water_edge, [&](Vector3 at, std::vector<double>& positions) {
        double axis[2][3];  // two perpendicular directions, randomly oriented
        const double z = random(-1, 1), turn = random(0, 2 * pi), tilt = random(0, 2 * pi), r = std::sqrt(1 - z * z);
        const double u[3] = {-std::sin(turn), std::cos(turn), 0}, n0[3] = {r * std::cos(turn), r * std::sin(turn), z};
        const double v[3] = {n0[1] * u[2] - n0[2] * u[1], n0[2] * u[0] - n0[0] * u[2], n0[0] * u[1] - n0[1] * u[0]};
        for (int c = 0; c < 3; ++c) {
            at[c] += random(-0.5, 0.5) * water_edge;
            axis[0][c] = std::cos(tilt) * u[c] + std::sin(tilt) * v[c];
            axis[1][c] = -std::sin(tilt) * u[c] + std::cos(tilt) * v[c];
        }
        for (int c = 0; c < 3; ++c) positions.push_back(at[c]);
        for (int c = 0; c < 3; ++c) positions.push_back(at[c] + water_bond * axis[0][c]);
        for (int c = 0; c < 3; ++c)
            positions.push_back(at[c] +
                                water_bond * (std::cos(water_angle) * axis[0][c] + std::sin(water_angle) * axis[1][c]));
    });
}

std::vector<double> copper(const std::array<int, 3>& n, double edge, double displacement, Uniform& random) {
    constexpr double basis[4][3] = {{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}};
    return fill_cubes(n, edge, [&](const Vector3& at, std::vector<double>& positions) {
        for (const auto& place : basis)
            for (int c = 0; c < 3; ++c)
                positions.push_back(at[c] + place[c] * edge + random(-displacement, displacement));
    });
}

PlanSystem finish(PlanSystem system, std::span<const double> positions) {
    const Lattice lattice(system.box);
    system.fractional = fractions_of(positions, lattice.geometry());
    for (Vector3& f : system.fractional)
        for (int k = 0; k < 3; ++k)
            if (lattice.periodic[std::size_t(k)]) f[k] -= std::floor(f[k]);
    return system;
}

Box cube(double edge) { return Box::fully_periodic({edge, 0, 0, 0, edge, 0, 0, 0, edge}); }

}  // namespace

PlanSystem make_plan_system(const std::string& name, double n_atoms) {
    constexpr double copper_edge = 3.61, water_reach = 7, copper_reach = 10;
    Uniform random;
    const auto side_of = [&](double atoms_per_cube) {
        return std::max(1, int(std::lround(std::cbrt(n_atoms / atoms_per_cube))));
    };
    if (name == "copper" || name == "crystal") {
        const int n = side_of(4);
        const double displacement = name == "copper" ? copper_edge / 4 : 0.13;
        return finish({name, cube(n * copper_edge), copper_reach, name == "copper", {}},
                      copper({n, n, n}, copper_edge, displacement, random));
    }
    const int n = side_of(3);
    if (name == "water") return finish({name, cube(n * water_edge), water_reach, true, {}}, water({n, n, n}, random));
    if (name == "slab") {  // half the height of a cube of the same number of atoms, twice the area
        const int wide = std::max(1, int(std::lround(n * std::sqrt(2.0)))), high = std::max(1, n / 2);
        const double edge = wide * water_edge, height = 2 * high * water_edge;
        return finish({name, Box::fully_periodic({edge, 0, 0, 0, edge, 0, 0, 0, height}), water_reach, false, {}},
                      water({wide, wide, high}, random));
    }
    if (name == "droplet") {
        const int wide = int(std::ceil(n * std::cbrt(6 / pi)));
        const double middle = wide * water_edge / 2;
        const std::vector<double> all = water({wide, wide, wide}, random);
        std::vector<double> inside;
        for (std::size_t m = 0; m < all.size(); m += 9) {
            const double d[3] = {all[m] - middle, all[m + 1] - middle, all[m + 2] - middle};
            if (dot(d, d) > middle * middle) continue;
            inside.insert(inside.end(), all.begin() + std::ptrdiff_t(m), all.begin() + std::ptrdiff_t(m + 9));
        }
        return finish({name, Box{}, water_reach, false, {}}, inside);
    }
    throw InputError(concat("there is no system '", name, "'; there are water, copper, crystal, slab and droplet"));
}

}  // namespace dpmd::bench
