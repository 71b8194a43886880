#include "io/frame.hpp"
#include "io/number_text.hpp"

namespace dpmd {
namespace {

constexpr std::string_view step_key = " step=";

void append_comment(const Frame& frame, std::string& out) {
    if (frame.box.cell != Box{}.cell) {
        out += "Lattice=\"";
        for (std::size_t k = 0; k < 9; ++k) {
            if (k > 0) out += ' ';
            append_number(out, frame.box.cell[k]);
        }
        out += "\" ";
    }
    out += "Properties=species:S:1:pos:R:3";
    if (frame.velocities != nullptr) out += ":velocities:R:3";
    if (frame.forces != nullptr) out += ":forces:R:3";
    if (frame.force_deviations != nullptr) out += ":force_deviation:R:1";
    if (!frame.fixed.empty()) out += ":move_mask:L:1";
    out += " pbc=\"";
    for (std::size_t k = 0; k < 3; ++k) {
        if (k > 0) out += ' ';
        out += frame.box.periodic[k] ? 'T' : 'F';
    }
    out += "\" energy=";
    append_number(out, frame.energy);
    out += step_key;
    append_number(out, frame.step);
    out += " time=";
    append_number(out, frame.time);
    out += '\n';
}

}  // namespace

void ExtendedXyz::write(const Frame& frame, std::string& out) const {
    append_number(out, static_cast<std::int64_t>(frame.types.size()));
    out += '\n';
    append_comment(frame, out);
    auto next_fixed = frame.fixed.begin();
    for (std::size_t i = 0; i < frame.types.size(); ++i) {
        out += frame.names[std::size_t(frame.types[i])];
        append_vector(out, frame.positions + 3 * i);
        if (frame.velocities != nullptr) append_vector(out, frame.velocities + 3 * i);
        if (frame.forces != nullptr) append_vector(out, frame.forces + 3 * i);
        if (frame.force_deviations != nullptr) {
            out += ' ';
            append_number(out, frame.force_deviations[i]);
        }
        if (!frame.fixed.empty()) {
            const bool is_fixed = next_fixed != frame.fixed.end() && std::size_t(*next_fixed) == i;
            if (is_fixed) ++next_fixed;
            out += is_fixed ? " F" : " T";
        }
        out += '\n';
    }
}

std::optional<std::int64_t> ExtendedXyz::read(LineReader& lines, std::int64_t n_atoms) const {
    const auto count = lines.next();
    if (!count || parse_integer(*count) != n_atoms) return std::nullopt;
    const auto comment = lines.next();
    if (!comment) return std::nullopt;
    const std::size_t key = comment->find(step_key);
    if (key == std::string_view::npos) return std::nullopt;
    const std::string_view rest = comment->substr(key + step_key.size());
    const auto step = parse_integer(rest.substr(0, rest.find(' ')));
    return lines.skip(n_atoms) ? step : std::nullopt;
}

}  // namespace dpmd
