#include "importers/electron_configurations.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view elements[] = {
    "H"sv,  "He"sv, "Li"sv, "Be"sv, "B"sv,  "C"sv,  "N"sv,  "O"sv,  "F"sv,  "Ne"sv, "Na"sv, "Mg"sv, "Al"sv, "Si"sv,
    "P"sv,  "S"sv,  "Cl"sv, "Ar"sv, "K"sv,  "Ca"sv, "Sc"sv, "Ti"sv, "V"sv,  "Cr"sv, "Mn"sv, "Fe"sv, "Co"sv, "Ni"sv,
    "Cu"sv, "Zn"sv, "Ga"sv, "Ge"sv, "As"sv, "Se"sv, "Br"sv, "Kr"sv, "Rb"sv, "Sr"sv, "Y"sv,  "Zr"sv, "Nb"sv, "Mo"sv,
    "Tc"sv, "Ru"sv, "Rh"sv, "Pd"sv, "Ag"sv, "Cd"sv, "In"sv, "Sn"sv, "Sb"sv, "Te"sv, "I"sv,  "Xe"sv, "Cs"sv, "Ba"sv,
    "La"sv, "Ce"sv, "Pr"sv, "Nd"sv, "Pm"sv, "Sm"sv, "Eu"sv, "Gd"sv, "Tb"sv, "Dy"sv, "Ho"sv, "Er"sv, "Tm"sv, "Yb"sv,
    "Lu"sv, "Hf"sv, "Ta"sv, "W"sv,  "Re"sv, "Os"sv, "Ir"sv, "Pt"sv, "Au"sv, "Hg"sv, "Tl"sv, "Pb"sv, "Bi"sv, "Po"sv,
    "At"sv, "Rn"sv, "Fr"sv, "Ra"sv, "Ac"sv, "Th"sv, "Pa"sv, "U"sv,  "Np"sv, "Pu"sv, "Am"sv, "Cm"sv, "Bk"sv, "Cf"sv,
    "Es"sv, "Fm"sv, "Md"sv, "No"sv, "Lr"sv, "Rf"sv, "Db"sv, "Sg"sv, "Bh"sv, "Hs"sv, "Mt"sv, "Ds"sv, "Rg"sv, "Cn"sv,
    "Nh"sv, "Fl"sv, "Mc"sv, "Lv"sv, "Ts"sv, "Og"sv,
};

/// A subshell by its name; the numbers stand in this order.
constexpr std::string_view subshells[] = {"1s", "2s", "2p", "3s", "3p", "3d", "4s", "4p", "4d", "4f",
                                          "5s", "5p", "5d", "5f", "6s", "6p", "6d", "7s", "7p"};
/// In the order of their energies.
constexpr std::string_view filling[] = {"1s", "2s", "2p", "3s", "3p", "4s", "3d", "4p", "5s", "4d",
                                        "5p", "6s", "4f", "5d", "6p", "7s", "5f", "6d", "7p"};
constexpr std::size_t n_subshells = std::size(subshells), n_numbers = 118;

/// Where the ground state is not the filling in order.
struct Exception {
    std::string_view element, first;
    int n_first;
    std::string_view second;
    int n_second;
};
constexpr Exception exceptions[] = {
    {"Cr", "3d", 5, "4s", 1},  {"Cu", "3d", 10, "4s", 1}, {"Nb", "4d", 4, "5s", 1},  {"Mo", "4d", 5, "5s", 1},
    {"Ru", "4d", 7, "5s", 1},  {"Rh", "4d", 8, "5s", 1},  {"Pd", "4d", 10, "5s", 0}, {"Ag", "4d", 10, "5s", 1},
    {"La", "4f", 0, "5d", 1},  {"Ce", "4f", 1, "5d", 1},  {"Gd", "4f", 7, "5d", 1},  {"Pt", "5d", 9, "6s", 1},
    {"Au", "5d", 10, "6s", 1}, {"Ac", "5f", 0, "6d", 1},  {"Th", "5f", 0, "6d", 2},  {"Pa", "5f", 2, "6d", 1},
    {"U", "5f", 3, "6d", 1},   {"Np", "5f", 4, "6d", 1},  {"Cm", "5f", 7, "6d", 1},  {"Ds", "6d", 9, "7s", 1},
    {"Rg", "6d", 10, "7s", 1},
};

std::size_t place_of(std::string_view subshell) {
    return std::size_t(std::find(std::begin(subshells), std::end(subshells), subshell) - std::begin(subshells));
}

int n_orbitals(std::string_view subshell) {
    switch (subshell[1]) {
        case 's': return 1;
        case 'p': return 3;
        case 'd': return 5;
        default: return 7;
    }
}

/// The electrons in each subshell.
std::vector<int> electrons_of(std::size_t element) {
    std::vector<int> out(n_subshells, 0);
    int left = static_cast<int>(element) + 1;
    for (const std::string_view subshell : filling) {
        const int n = std::min(left, 2 * n_orbitals(subshell));
        out[place_of(subshell)] = n;
        left -= n;
    }
    for (const Exception& one : exceptions)
        if (one.element == elements[element]) {
            out[place_of(one.first)] = one.n_first;
            out[place_of(one.second)] = one.n_second;
        }
    return out;
}

/// Two numbers for each orbital: those with two electrons first, then those with one, then empty ones.
void append_spins(std::vector<double>& out, int orbitals, int electrons) {
    const int n_pairs = std::max(electrons - orbitals, 0), n_single = electrons - 2 * n_pairs;
    for (int k = 0; k < orbitals; ++k) {
        out.push_back(k < n_pairs ? 1 : -1);
        out.push_back(k < n_pairs + n_single ? 1 : -1);
    }
}

}  // namespace

Tensor configuration_rows(const std::vector<std::string>& type_map, const std::string& place) {
    Tensor out{{static_cast<std::int64_t>(type_map.size()), n_numbers}, {}};
    List unknown;
    for (const std::string& name : type_map) {
        const auto* element = std::find(std::begin(elements), std::end(elements), name);
        if (element == std::end(elements)) {
            unknown.emplace_back(name);
            continue;
        }
        const std::vector<int> electrons = electrons_of(std::size_t(element - std::begin(elements)));
        for (std::size_t k = 0; k < n_subshells; ++k) append_spins(out.values, n_orbitals(subshells[k]), electrons[k]);
    }
    if (!unknown.empty())
        throw InputError(concat(place, ": use_econf_tebd needs types that are elements, and ",
                                shown(Value(std::move(unknown))),
                                " are none; name the types of the model by their elements"));
    for (double& value : out.values) value /= std::sqrt(double(n_numbers));
    return out;
}

}  // namespace dpmd::importers
