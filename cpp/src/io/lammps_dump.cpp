#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/frame.hpp"
#include "io/number_text.hpp"

namespace dpmd {
namespace {

constexpr double femtoseconds_per_picosecond = 1000;

/// A box as LAMMPS describes it, and the rotation into it.
struct DumpBox {
    Matrix3 cell{};  // lower triangular, rows are lattice vectors
    Vector3 origin{};
    Matrix3 rotation = identity3;  // x' = x * rotation
    bool rotated = false;
};

/// The lattice, with open directions as long as the atoms need.
DumpBox enclosing_box(const Frame& frame) {
    DumpBox out;
    out.cell = frame.lattice;
    for (int k = 0; k < 3; ++k) {
        if (frame.box.periodic[std::size_t(k)]) continue;
        double low = 0, high = 0;
        for (std::size_t i = 0; i < frame.types.size(); ++i) {
            const double s = row_times(frame.positions + 3 * i, frame.inverse_lattice)[k];
            low = i == 0 ? s : std::min(low, s);
            high = i == 0 ? s : std::max(high, s);
        }
        high = std::max(high, low + 1);
        for (int c = 0; c < 3; ++c) {
            out.origin[c] += low * out.cell[k][c];
            out.cell[k][c] *= high - low;
        }
    }
    return out;
}

void rotate_to_lammps(DumpBox& box) {
    Matrix3& h = box.cell;
    if (determinant(h) <= 0)
        throw InputError("a LAMMPS dump cannot hold a left-handed cell; exchange two cell vectors, or write extxyz");
    const bool lower = h[0][1] == 0 && h[0][2] == 0 && h[1][2] == 0 && h[0][0] > 0 && h[1][1] > 0;
    if (lower) return;
    const Vector3 normal = cross(h[0], h[1]);
    const double a = std::sqrt(dot(h[0], h[0])), area = std::sqrt(dot(normal.v, normal.v));
    const Vector3 along = cross(normal.v, h[0]);
    for (int c = 0; c < 3; ++c) {
        box.rotation[c][0] = h[0][c] / a;
        box.rotation[c][1] = along[c] / (area * a);
        box.rotation[c][2] = normal[c] / area;
    }
    h = product(h, box.rotation);
    h[0][1] = h[0][2] = h[1][2] = 0;
    box.origin = row_times(box.origin.v, box.rotation);
    box.rotated = true;
}

void append_bounds(const Frame& frame, const DumpBox& box, std::string& out) {
    const double xy = box.cell[1][0], xz = box.cell[2][0], yz = box.cell[2][1];
    const bool tilted = xy != 0 || xz != 0 || yz != 0;
    out += tilted ? "ITEM: BOX BOUNDS xy xz yz" : "ITEM: BOX BOUNDS";
    for (const bool periodic : frame.box.periodic) out += periodic ? " pp" : " ff";
    const double below[3] = {std::min({0.0, xy, xz, xy + xz}), std::min(0.0, yz), 0};
    const double above[3] = {std::max({0.0, xy, xz, xy + xz}), std::max(0.0, yz), 0};
    const double tilts[3] = {xy, xz, yz};
    for (int k = 0; k < 3; ++k) {
        out += '\n';
        append_number(out, box.origin[k] + below[k]);
        out += ' ';
        append_number(out, box.origin[k] + box.cell[k][k] + above[k]);
        if (!tilted) continue;
        out += ' ';
        append_number(out, tilts[k]);
    }
    out += '\n';
}

void append_rotated(std::string& out, const double v[3], const DumpBox& box, double factor) {
    Vector3 turned = box.rotated ? row_times(v, box.rotation) : Vector3{{v[0], v[1], v[2]}};
    for (int k = 0; k < 3; ++k) turned[k] *= factor;
    append_vector(out, turned.v);
}

}  // namespace

void LammpsDump::write(const Frame& frame, std::string& out) const {
    DumpBox box = enclosing_box(frame);
    rotate_to_lammps(box);
    if (time_) {
        out += "ITEM: TIME\n";
        append_number(out, frame.time / femtoseconds_per_picosecond);
        out += '\n';
    }
    out += "ITEM: TIMESTEP\n";
    append_number(out, frame.step);
    out += "\nITEM: NUMBER OF ATOMS\n";
    append_number(out, static_cast<std::int64_t>(frame.types.size()));
    out += '\n';
    append_bounds(frame, box, out);
    out += "ITEM: ATOMS id type element xu yu zu";
    if (frame.velocities != nullptr) out += " vx vy vz";
    if (frame.forces != nullptr) out += " fx fy fz";
    out += '\n';
    for (std::size_t i = 0; i < frame.types.size(); ++i) {
        append_number(out, static_cast<std::int64_t>(i + 1));
        out += ' ';
        append_number(out, std::int64_t(frame.types[i]) + 1);
        out += ' ';
        out += frame.names[std::size_t(frame.types[i])];
        append_rotated(out, frame.positions + 3 * i, box, 1);
        if (frame.velocities != nullptr)
            append_rotated(out, frame.velocities + 3 * i, box, femtoseconds_per_picosecond);
        if (frame.forces != nullptr) append_rotated(out, frame.forces + 3 * i, box, 1);
        out += '\n';
    }
}

std::optional<Record> LammpsDump::read(LineReader& lines, std::int64_t n_atoms) const {
    if (time_ && (lines.next() != "ITEM: TIME" || !lines.skip(1))) return std::nullopt;
    if (lines.next() != "ITEM: TIMESTEP") return std::nullopt;
    const auto step_line = lines.next();
    const auto step = step_line ? parse_integer(*step_line) : std::nullopt;
    if (!step || lines.next() != "ITEM: NUMBER OF ATOMS") return std::nullopt;
    const auto count = lines.next();
    if (!count || parse_integer(*count) != n_atoms) return std::nullopt;
    constexpr std::int64_t n_other_lines = 5;  // box and column titles
    if (!lines.skip(n_other_lines + n_atoms)) return std::nullopt;
    return Record{*step, std::nullopt};
}

}  // namespace dpmd
