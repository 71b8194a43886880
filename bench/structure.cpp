#include "structure.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <random>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::bench {
namespace {

/// A cubic cell; `edge` in Å.
struct Cell {
    double edge = 0;
    std::vector<double> positions;
    std::vector<std::int32_t> types;
};

/// The frame from which the example starts. Lines: number of atoms, a comment with Lattice="edge …, then name x y z.
Cell water(const std::vector<std::string>& type_map) {
    const std::string path = DPMD_TREE "/examples/water/water_192.extxyz";
    std::ifstream file(path);
    std::size_t n = 0;
    Cell cell;
    file >> n;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '"') >> cell.edge;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    for (std::size_t k = 0; k < n; ++k) {
        std::string name;
        double x = 0, y = 0, z = 0;
        file >> name >> x >> y >> z;
        const auto type = std::find(type_map.begin(), type_map.end(), name);
        if (!file || type == type_map.end()) throw InputError(concat("no atom ", k, " of water in ", path));
        cell.positions.insert(cell.positions.end(), {x, y, z});
        cell.types.push_back(static_cast<std::int32_t>(type - type_map.begin()));
    }
    return cell;
}

/// The displacements are always the same: numbers of std::mt19937 do not depend on the system, unlike std
/// distributions.
Cell copper() {
    constexpr int n = 4;  // cubes of 4 atoms along an edge
    constexpr double lattice_constant = 3.61, displacement = 0.05;
    constexpr double basis[4][3] = {{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}};
    std::mt19937 random(1);
    Cell cell;
    cell.edge = n * lattice_constant;
    for (int cube = 0; cube < n * n * n; ++cube) {
        const int at[3] = {cube / (n * n), cube / n % n, cube % n};
        for (const auto& place : basis) {
            for (int c = 0; c < 3; ++c)
                cell.positions.push_back((at[c] + place[c]) * lattice_constant +
                                         displacement * (double(random()) / 2147483648.0 - 1));
            cell.types.push_back(0);
        }
    }
    return cell;
}

bool holds(const std::vector<std::string>& names, const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Structure structure_for(const std::vector<std::string>& type_map, int side) {
    const bool is_water = holds(type_map, "O") && holds(type_map, "H");
    if (!is_water && type_map.size() != 1)
        throw InputError(concat("there is no structure for a model with ", type_map.size(),
                                " types; the benchmarks take models with types O and H, or with one type"));
    const Cell cell = is_water ? water(type_map) : copper();
    Structure out;
    for (int copy = 0; copy < side * side * side; ++copy) {
        const int at[3] = {copy / (side * side), copy / side % side, copy % side};
        for (std::size_t k = 0; k < cell.positions.size(); ++k)
            out.positions.push_back(cell.positions[k] + cell.edge * at[k % 3]);
        out.types.insert(out.types.end(), cell.types.begin(), cell.types.end());
    }
    const double length = cell.edge * side;
    out.box = Box::fully_periodic({length, 0, 0, 0, length, 0, 0, 0, length});
    for (const std::string& name : type_map)
        out.masses.push_back(name == "O" ? 15.999 : (is_water && name == "H") ? 1.008 : 63.546);
    return out;
}

}  // namespace dpmd::bench
