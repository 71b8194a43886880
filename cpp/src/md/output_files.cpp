#include "md/output_files.hpp"

#include <algorithm>
#include <filesystem>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::md {
namespace {

/// The members of Thermo, in its units.
constexpr const char* thermo_titles =
    "step,time,temperature,kinetic_energy,potential_energy,conserved_energy,pressure,volume,density,"
    "pressure_xx,pressure_yy,pressure_zz,pressure_xy,pressure_xz,pressure_yz,"
    "cell_ax,cell_ay,cell_az,cell_bx,cell_by,cell_bz,cell_cx,cell_cy,cell_cz,run_id\n";

std::optional<Record> read_thermo_row(LineReader& lines) {
    const auto row = lines.next();
    if (!row) return std::nullopt;
    static const auto n_commas = std::count(thermo_titles, thermo_titles + std::string_view(thermo_titles).size(), ',');
    if (std::count(row->begin(), row->end(), ',') != n_commas) return std::nullopt;
    const auto step = parse_integer(row->substr(0, row->find(',')));
    const auto run_id = parse_integer(row->substr(row->rfind(',') + 1));
    if (!step || !run_id) return std::nullopt;
    return Record{*step, run_id};
}

/// Columns are separated by blanks; the step is the first.
std::optional<Record> read_deviation_row(LineReader& lines) {
    constexpr int fewest_columns = 7;
    const auto row = lines.next();
    if (!row) return std::nullopt;
    std::optional<std::int64_t> step;
    int n_columns = 0;
    for (std::size_t begin = row->find_first_not_of(' '); begin != std::string_view::npos; ++n_columns) {
        const std::size_t end = std::min(row->find(' ', begin), row->size());
        if (n_columns == 0) step = parse_integer(row->substr(begin, end - begin));
        begin = row->find_first_not_of(' ', end);
    }
    if (!step || n_columns < fewest_columns) return std::nullopt;
    return Record{*step, std::nullopt};
}

std::filesystem::path place_of(const std::string& path) { return std::filesystem::absolute(path).lexically_normal(); }

std::string seen_from_folder(const std::string& folder, const std::string& path) {
    const auto there = place_of(path).lexically_relative(place_of(folder));
    return there.empty() ? place_of(path).string() : there.string();
}

bool is_there(const std::string& path) {
    std::error_code error;
    return std::filesystem::file_size(path, error) > 0 && !error;
}

/// The columns of a table of deviations, found from its titles.
DeviationColumns columns_of(const std::string& path) {
    LineReader lines(path);
    const auto titles = lines.next();
    return {titles && titles->find("atm_devi_f") != std::string_view::npos, false};
}

/// Whether a dump begins with its units, as those with times do.
bool has_units(const std::string& path) {
    LineReader lines(path);
    return lines.next() == "ITEM: UNITS";
}

}  // namespace

RecordFormat thermo_format() { return {thermo_titles, "row", read_thermo_row}; }

RecordFormat deviation_format(const DeviationColumns& columns) {
    return {deviation_header(columns), "row", read_deviation_row};
}

RecordFormat trajectory_format(const FrameFormat& frames, std::int64_t n_atoms) {
    return {std::string(frames.header()), "frame",
            [&frames, n_atoms](LineReader& lines) { return frames.read(lines, n_atoms); }};
}

std::string folder_of(const std::string& path) { return place_of(path).parent_path().string(); }

std::vector<FileMark> seen_from(const std::string& checkpoint, std::vector<FileMark> files) {
    const std::string folder = folder_of(checkpoint);
    for (FileMark& file : files) file.name = seen_from_folder(folder, file.name);
    return files;
}

RecordFile open_output(const std::string& path, const RecordFormat& format, Resumption* resumption) {
    if (resumption == nullptr) return RecordFile::create(path, format.header);
    const std::string name = seen_from_folder(resumption->folder, path);
    for (const FileMark& file : resumption->files)
        if (file.name == name) return RecordFile::resume(path, format, file, resumption->notes);
    if (is_there(path))
        throw InputError(concat(path,
                                ": is no file that the checkpoint knows, so it cannot be continued; move it away or "
                                "choose another name"));
    return RecordFile::create(path, format.header);
}

}  // namespace dpmd::md

namespace dpmd {

RecordScan scan_output(const std::string& path, const std::string& kind, std::int64_t n_atoms,
                       std::uint64_t n_checksum_bytes) {
    if (kind == "thermo") return scan_records(path, md::thermo_format(), n_checksum_bytes);
    if (kind == "deviation") return scan_records(path, md::deviation_format(md::columns_of(path)), n_checksum_bytes);
    if (kind == "extxyz") return scan_records(path, md::trajectory_format(ExtendedXyz(), n_atoms), n_checksum_bytes);
    if (kind == "lammps") {
        const LammpsDump format(md::has_units(path));
        return scan_records(path, md::trajectory_format(format, n_atoms), n_checksum_bytes);
    }
    throw InputError(concat("kind = '", kind, "' is not one of: thermo, extxyz, lammps, deviation"));
}

}  // namespace dpmd
