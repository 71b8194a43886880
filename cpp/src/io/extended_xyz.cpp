#include <array>
#include <cmath>
#include <vector>

#include "io/frame.hpp"
#include "io/number_text.hpp"

namespace dpmd {
namespace {

constexpr std::string_view step_key = " step=", run_key = " run_id=";
/// ASE's unit of time is Å sqrt(u/eV), with the constants of CODATA 2014: `ase.units.fs`.
constexpr double ase_times_per_femtosecond = 0.09822694788464063;

/// The columns after species and position.
class Columns {
public:
    explicit Columns(const Frame& frame) {
        if (frame.velocities != nullptr) {
            set_motion(frame);
            add(":masses:R:1", 1, masses_.data());
            add(":momenta:R:3", 3, momenta_.data());
            add(":velo:R:3", 3, frame.velocities);
        }
        if (frame.forces != nullptr) add(":forces:R:3", 3, frame.forces);
        if (frame.force_deviations != nullptr) add(":force_deviation:R:1", 1, frame.force_deviations);
        if (!frame.fixed.empty()) {
            moves_.assign(frame.types.size(), true);
            for (const std::int32_t atom : frame.fixed) moves_[std::size_t(atom)] = false;
        }
    }

    void append_titles(std::string& out) const {
        for (const Column& column : columns_) out += column.title;
        if (!moves_.empty()) out += ":move_mask:L:1";
    }
    void append_row(std::size_t atom, std::string& out) const {
        for (const Column& column : columns_)
            for (std::size_t k = 0; k < column.width; ++k) {
                out += ' ';
                append_number(out, column.values[column.width * atom + k]);
            }
        if (!moves_.empty()) out += moves_[atom] ? " T" : " F";
    }

private:
    struct Column {
        std::string_view title;  // name, kind, width
        std::size_t width;
        const double* values;  // [n][width]
    };

    void add(std::string_view title, std::size_t width, const double* values) {
        columns_.push_back({title, width, values});
    }
    void set_motion(const Frame& frame) {
        for (std::size_t i = 0; i < frame.types.size(); ++i) {
            const double mass = frame.masses[std::size_t(frame.types[i])];
            masses_.push_back(mass);
            for (std::size_t k = 0; k < 3; ++k)
                momenta_.push_back(mass * frame.velocities[3 * i + k] / ase_times_per_femtosecond);
        }
    }

    std::vector<Column> columns_;
    std::vector<double> masses_, momenta_;  // [n] u, [n][3] sqrt(u eV)
    std::vector<bool> moves_;               // [n], empty unless atoms are fixed
};

/// key="nine numbers"
void append_matrix(std::string_view key, const std::array<double, 9>& rows, std::string& out) {
    out += key;
    for (std::size_t k = 0; k < 9; ++k) {
        out += k == 0 ? "=\"" : " ";
        append_number(out, rows[k]);
    }
    out += '"';
}

/// Writes virial and stress symmetrised: without rounding they would be symmetric, and ASE accepts nine numbers as a
/// stress only if they are.
void append_virial(const Frame& frame, std::string& out) {
    std::array<double, 9> virial{}, stress{};
    const double volume = std::abs(determinant(frame.lattice));
    for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b) {
            const double value = 0.5 * ((*frame.virial)[a][b] + (*frame.virial)[b][a]);
            virial[std::size_t(3 * a + b)] = value;
            stress[std::size_t(3 * a + b)] = -value / volume;
        }
    append_matrix(" virial", virial, out);
    if (frame.box.periodic == std::array{true, true, true}) append_matrix(" stress", stress, out);
}

void append_comment(const Frame& frame, const Columns& columns, std::string& out) {
    if (frame.box.cell != Box{}.cell) {
        append_matrix("Lattice", frame.box.cell, out);
        out += ' ';
    }
    out += "Properties=species:S:1:pos:R:3";
    columns.append_titles(out);
    out += " pbc=\"";
    for (std::size_t k = 0; k < 3; ++k) {
        if (k > 0) out += ' ';
        out += frame.box.periodic[k] ? 'T' : 'F';
    }
    out += "\" energy=";
    append_number(out, frame.energy);
    if (frame.virial != nullptr) append_virial(frame, out);
    out += step_key;
    append_number(out, frame.step);
    out += " time=";
    append_number(out, frame.time);
    out += run_key;
    append_number(out, frame.run_id);
    out += '\n';
}

/// The integer after ` key=` in a comment line.
std::optional<std::int64_t> integer_of(std::string_view comment, std::string_view key) {
    const std::size_t place = comment.find(key);
    if (place == std::string_view::npos) return std::nullopt;
    const std::string_view rest = comment.substr(place + key.size());
    return parse_integer(rest.substr(0, rest.find(' ')));
}

}  // namespace

void ExtendedXyz::write(const Frame& frame, std::string& out) const {
    append_number(out, static_cast<std::int64_t>(frame.types.size()));
    out += '\n';
    const Columns columns(frame);
    append_comment(frame, columns, out);
    for (std::size_t i = 0; i < frame.types.size(); ++i) {
        out += frame.names[std::size_t(frame.types[i])];
        append_vector(out, frame.positions + 3 * i);
        columns.append_row(i, out);
        out += '\n';
    }
}

std::optional<Record> ExtendedXyz::read(LineReader& lines, std::int64_t n_atoms) const {
    const auto count = lines.next();
    if (!count || parse_integer(*count) != n_atoms) return std::nullopt;
    const auto comment = lines.next();
    if (!comment) return std::nullopt;
    const auto step = integer_of(*comment, step_key), run_id = integer_of(*comment, run_key);
    if (!step || !lines.skip(n_atoms)) return std::nullopt;
    return Record{*step, run_id};
}

}  // namespace dpmd
