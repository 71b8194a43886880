#include "water_box.hpp"

#include <cmath>
#include <random>

namespace dpmd::bench {
namespace {

constexpr int molecules_per_edge = 4;
constexpr double edge = 12.42;  // Å

/// 64 molecules, always the same.
std::vector<double> one_cell() {
    std::mt19937 random(1);  // its numbers are the same everywhere; those of std distributions are not
    const auto uniform = [&] { return double(random()) / 4294967296.0; };
    std::vector<double> positions;
    for (int i = 0; i < molecules_per_edge * molecules_per_edge * molecules_per_edge; ++i) {
        const int cell[3] = {i / 16, i / 4 % 4, i % 4};
        double oxygen[3], axis[3], other[3];
        for (int c = 0; c < 3; ++c) oxygen[c] = (cell[c] + 0.5 + 0.2 * (uniform() - 0.5)) * edge / molecules_per_edge;
        // O-H bonds of 0.97 Å at an angle of 105 degrees: along one unit vector, and along a mixture with another
        const double z = 2 * uniform() - 1, phi = 6.283185307179586 * uniform(), r = std::sqrt(1 - z * z);
        axis[0] = r * std::cos(phi), axis[1] = r * std::sin(phi), axis[2] = z;
        other[0] = -std::sin(phi), other[1] = std::cos(phi), other[2] = 0;
        constexpr double bond = 0.97, cosine = -0.2588, sine = 0.9659;
        positions.insert(positions.end(), oxygen, oxygen + 3);
        for (const double x : {oxygen[0] + bond * axis[0], oxygen[1] + bond * axis[1], oxygen[2] + bond * axis[2]})
            positions.push_back(x);
        for (int c = 0; c < 3; ++c) positions.push_back(oxygen[c] + bond * (cosine * axis[c] + sine * other[c]));
    }
    return positions;
}

}  // namespace

WaterBox water_box(int side) {
    const std::vector<double> cell = one_cell();
    WaterBox water;
    for (int copy = 0; copy < side * side * side; ++copy) {
        const int at[3] = {copy / (side * side), copy / side % side, copy % side};
        for (std::size_t k = 0; k < cell.size(); ++k) {
            water.positions.push_back(cell[k] + edge * at[k % 3]);
            if (k % 3 == 0) water.types.push_back(k % 9 == 0 ? 0 : 1);
        }
    }
    const double length = edge * side;
    water.box = Box::fully_periodic({length, 0, 0, 0, length, 0, 0, 0, length});
    return water;
}

}  // namespace dpmd::bench
