// An outside program that embeds dpmd: energies and forces of a water molecule and of a small periodic box, the forces
// checked against the energy. Usage: water_forces MODEL.dpmd. Exits with 1 when something is wrong.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <dpmd/potential.hpp>

namespace {

struct System {
    std::string name;
    std::vector<double> positions;    // [n][3] Å
    std::vector<std::int32_t> types;  // of the model's type map
    dpmd::Box box;
};

int type_of(const dpmd::ModelInfo& info, const std::string& element) {
    const auto found = std::find(info.type_map.begin(), info.type_map.end(), element);
    if (found == info.type_map.end()) throw dpmd::InputError("the model does not know the element " + element);
    return static_cast<int>(found - info.type_map.begin());
}

void add_molecule(System& system, const dpmd::ModelInfo& info, double x, double y, double z) {
    const double oxygen[3] = {x, y, z}, hydrogen_1[3] = {x + 0.96, y, z + 0.03},
                 hydrogen_2[3] = {x - 0.24, y + 0.93, z};
    for (const double* atom : {oxygen, hydrogen_1, hydrogen_2})
        system.positions.insert(system.positions.end(), atom, atom + 3);
    for (const char* element : {"O", "H", "H"}) system.types.push_back(type_of(info, element));
}

System one_molecule(const dpmd::ModelInfo& info) {
    System system{"one molecule", {}, {}, dpmd::Box::open()};
    add_molecule(system, info, 0, 0, 0);
    return system;
}

/// Eight molecules in a box that is small compared to the cutoff, so every atom sees its own images.
System small_box(const dpmd::ModelInfo& info) {
    System system{"periodic box", {}, {}, dpmd::Box::fully_periodic({6.4, 0, 0, 0.5, 6.3, 0, 0, -0.4, 6.2})};
    for (int i = 0; i < 8; ++i)
        add_molecule(system, info, 3.2 * (i % 2) + 0.1 * i, 3.1 * (i / 2 % 2), 3.15 * (i / 4 % 2) - 0.05 * i);
    return system;
}

/// The largest |F + dE/dx| over all coordinates, eV/Å.
double force_error(dpmd::Potential& potential, System system) {
    // Central differences. Energies near -4000 eV have a last place of 5e-13 eV: divided by 2h about 5e-8 eV/Å. The
    // truncation error, h^2/6 times the third derivative, is below 1e-8.
    constexpr double h = 1e-5;
    const auto compute = [&] { return potential.compute({system.positions, system.types, system.box, {}, {}}); };
    const dpmd::Result result = compute();
    std::printf("%-14s %3zu atoms  E = %.8f eV", system.name.c_str(), system.types.size(), result.energy);
    double worst = 0;
    for (std::size_t k = 0; k < system.positions.size(); ++k) {
        const double x = system.positions[k];
        system.positions[k] = x + h;
        const double above = compute().energy;
        system.positions[k] = x - h;
        const double below = compute().energy;
        system.positions[k] = x;
        const double error = std::abs(result.forces[k] + (above - below) / (2 * h));
        if (!(error <= worst)) worst = error;  // a NaN is kept
    }
    std::printf("  max |F + dE/dx| = %.2e eV/A\n", worst);
    return worst;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: water_forces MODEL.dpmd\n");
        return 2;
    }
    try {
        dpmd::Potential potential(argv[1]);
        const double worst_of[] = {force_error(potential, one_molecule(potential.info())),
                                   force_error(potential, small_box(potential.info()))};
        for (const double worst : worst_of)
            if (!(worst < 2e-7)) {
                std::fprintf(stderr, "forces are not the derivative of the energy\n");
                return 1;
            }
        try {
            dpmd::Potential("no such model.dpmd");
            std::fprintf(stderr, "a missing file was accepted\n");
            return 1;
        } catch (const dpmd::InputError&) {  // caught by its type across the library boundary
        }
    } catch (const dpmd::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
