#include "widened.hpp"

#include <algorithm>

namespace dpmd::deepmd {
namespace {

const double* widen(const float* from, std::size_t n, std::vector<double>& to) {
    if (from == nullptr) return nullptr;
    to.assign(from, from + n);
    return to.data();
}

double* make_room(const float* wanted, std::size_t n, std::vector<double>& room) {
    if (wanted == nullptr) return nullptr;
    room.resize(n);
    return room.data();
}

void narrow(const std::vector<double>& from, std::size_t n, float* to) {
    if (to == nullptr) return;
    std::transform(from.begin(), from.begin() + std::ptrdiff_t(n), to, [](double x) { return static_cast<float>(x); });
}

}  // namespace

Call<double> Widened::take(const Call<float>& call, const Sizes& sizes) {
    return {call.n_frames,
            call.n_atoms,
            widen(call.coord, sizes.coord, coord_),
            call.types,
            widen(call.cell, sizes.cell, cell_),
            widen(call.fparam, sizes.fparam, fparam_),
            widen(call.aparam, sizes.aparam, aparam_)};
}

Results<double> Widened::room(const Results<float>& wanted, const Sizes& sizes) {
    return {wanted.energy, make_room(wanted.force, sizes.force, force_),
            make_room(wanted.virial, sizes.virial, virial_),
            make_room(wanted.atom_energy, sizes.atom_energy, atom_energy_),
            make_room(wanted.atom_virial, sizes.atom_virial, atom_virial_)};
}

void Widened::give(const Results<float>& wanted, const Sizes& sizes) const {
    narrow(force_, sizes.force, wanted.force);
    narrow(virial_, sizes.virial, wanted.virial);
    narrow(atom_energy_, sizes.atom_energy, wanted.atom_energy);
    narrow(atom_virial_, sizes.atom_virial, wanted.atom_virial);
}

}  // namespace dpmd::deepmd
