#include "importers/other_file.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::importers {
namespace {

constexpr std::string_view structures = "structures go into the input of dpmd run, or behind -s of dpmd deviation";
constexpr std::string_view systems = "data sets go behind -s of dpmd test or dpmd deviation";

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_leading_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    return text;
}

/// Takes digits from the front; false where there are none.
bool take_number(std::string_view& text) {
    const std::size_t before = text.size();
    while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
    return text.size() < before;
}

/// Takes the first line, with its end.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

template <class F>
bool any_line(std::string_view text, F&& is_wanted) {
    while (!text.empty())
        if (is_wanted(take_line(text))) return true;
    return false;
}

/// "192 atoms" and nothing else.
bool counts_atoms(std::string_view line) {
    line = without_leading_blanks(line);
    if (!take_number(line) || line.empty() || !is_blank(line.front())) return false;
    line = without_leading_blanks(line);
    return line.starts_with("atoms") && without_leading_blanks(line.substr(5)).empty();
}

/// A number, a line of comment, and an element.
bool is_xyz(std::string_view head) {
    head = without_leading_blanks(head);
    if (!take_number(head) || !without_leading_blanks(take_line(head)).empty()) return false;
    if (head.find('\n') == std::string_view::npos) return false;
    take_line(head);
    head = without_leading_blanks(head);
    return !head.empty() && head.front() >= 'A' && head.front() <= 'Z';
}

bool is_cif(std::string_view head) {
    if (any_line(head, [](std::string_view line) { return line.starts_with("_cell_length_a"); })) return true;
    for (std::string_view rest = head; !rest.empty();) {
        const std::string_view line = take_line(rest);
        if (line.starts_with("data_")) return true;
        if (const std::string_view text = without_leading_blanks(line); !text.empty() && text.front() != '#')
            return text.starts_with("data_");
    }
    return false;
}

bool is_pdb(std::string_view head) {
    constexpr std::string_view records[] = {"CRYST1", "HEADER", "ATOM  ", "HETATM", "MODEL  "};
    return std::any_of(std::begin(records), std::end(records),
                       [&](std::string_view record) { return head.starts_with(record); });
}

bool is_vasp(std::string_view name) {
    const auto is_whole = [&](std::string_view wanted) { return name.starts_with(wanted); };
    return is_whole("poscar") || is_whole("contcar") || name.ends_with(".poscar") || name.ends_with(".vasp");
}

[[noreturn]] void refuse(const std::string& path, std::string_view what, std::string_view belongs) {
    throw InputError(concat(path, ": ", what, ", not a model; ", belongs));
}

}  // namespace

void refuse_other_text(const std::string& path, std::string_view head) {
    std::string name = std::filesystem::path(path).filename().string();
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    if (name.ends_with(".toml")) refuse(path, "an input of dpmd run", concat("start it with: dpmd run ", path));
    if (head.starts_with("ITEM: ")) refuse(path, "a structure (LAMMPS dump)", structures);
    if (any_line(head, counts_atoms)) refuse(path, "a structure (LAMMPS data)", structures);
    if (is_xyz(head)) refuse(path, "a structure (XYZ)", structures);
    if (is_cif(head)) refuse(path, "a structure (CIF)", structures);
    if (is_pdb(head)) refuse(path, "a structure (PDB)", structures);
    if (is_vasp(name)) refuse(path, "a structure (VASP)", structures);
}

void refuse_other_binary(const std::string& path, std::string_view head) {
    if (head.starts_with("- of Ulm")) refuse(path, "a structure (ASE trajectory)", structures);
    if (head.starts_with("\x93NUMPY")) refuse(path, "a NumPy array", systems);
}

}  // namespace dpmd::importers
