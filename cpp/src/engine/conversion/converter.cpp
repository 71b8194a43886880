#include "engine/conversion/converter.hpp"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include <unistd.h>

#include "core/module_folder.hpp"
#include "core/run_program.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/regular_file.hpp"
#include "io/sha256.hpp"

namespace dpmd {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t longest_record = 16 << 20;
constexpr std::uintmax_t longest_messages = 1 << 20;

/// All that the converter is told of the environment: where programs, libraries and packages are, and the language. A
/// preloaded library, which may be this one, and what a launcher tells its ranks must not reach it.
constexpr const char* passed_on[] = {
    "PATH",   "HOME", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONUSERBASE", "PYTHONNOUSERSITE",
    "TMPDIR", "LANG", "LC_ALL",          "LC_CTYPE"};
constexpr const char* given[] = {"OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "DPMD_CONVERT=0"};

std::string value_of(const char* variable) {
    const char* text = std::getenv(variable);
    return text != nullptr ? text : "";
}

std::vector<std::string> environment() {
    std::vector<std::string> out(std::begin(given), std::end(given));
    for (const char* variable : passed_on)
        if (std::getenv(variable) != nullptr) out.push_back(concat(variable, "=", value_of(variable)));
    return out;
}

/// What pip wrote down when it installed the package that holds this library: the paths of its files, seen from the
/// folder of packages, with their hashes.
struct Installation {
    fs::path packages;
    std::string record;
};

std::optional<Installation> installation() {
    std::error_code error;
    const fs::path packages = fs::canonical(own_folder(), error).parent_path().parent_path();
    const fs::path record = packages / concat("dpmd-", DPMD_VERSION, ".dist-info") / "RECORD";
    if (packages.empty() || !fs::exists(record, error)) return std::nullopt;
    const auto bytes = read_regular_file(record.string(), longest_record);
    return Installation{packages, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
}

/// The command among the files of an installation. pip made it, and wrote the path of the interpreter into it.
fs::path command_of(const Installation& installation) {
    const std::string_view record = installation.record;
    constexpr std::string_view end_of_path = "/bin/dpmd,";
    for (std::size_t begin = 0; begin < record.size();) {
        const std::size_t end = std::min(record.find('\n', begin), record.size());
        const std::string_view line = record.substr(begin, end - begin);
        if (const std::size_t found = line.find(end_of_path); found != std::string_view::npos)
            return (installation.packages / line.substr(0, found + end_of_path.size() - 1)).lexically_normal();
        begin = end + 1;
    }
    return {};
}

std::string refusal(const fs::path& command) {
    if (command.empty())
        return "no command dpmd was installed with libdpmd; the variable DPMD_COMMAND can name one by its absolute "
               "path";
    if (::access(command.c_str(), X_OK) != 0) return concat("there is no program ", command.string());
    return {};
}

/// The last line of a file that is not empty.
std::string last_line(const fs::path& file) {
    std::error_code error;
    if (!(fs::file_size(file, error) <= longest_messages) || error) return {};
    std::ifstream in(file);
    std::string last;
    for (std::string line; std::getline(in, line);)
        if (!line.empty()) last = line;
    return last;
}

std::string replaced(std::string text, const std::string& old_part, const std::string& new_part) {
    for (std::size_t at = text.find(old_part); at != std::string::npos; at = text.find(old_part, at + new_part.size()))
        text.replace(at, old_part.size(), new_part);
    return text;
}

}  // namespace

Converter find_converter() {
    Converter out;
    const auto installed = installation();
    out.version = DPMD_VERSION;
    if (installed)
        out.version = concat(DPMD_VERSION, "-", sha256(std::as_bytes(std::span(installed->record))).substr(0, 16));
    const std::string asked = value_of("DPMD_CONVERT");
    if (!asked.empty() && asked != "0" && asked != "1")
        throw InputError(concat("DPMD_CONVERT = '", asked, "' is neither 0 nor 1"));
    if (asked == "0") {
        out.refusal = "DPMD_CONVERT=0 forbids to start a program";
        return out;
    }
    const fs::path chosen = value_of("DPMD_COMMAND");
    if (!chosen.empty() && !chosen.is_absolute())
        throw InputError(concat("DPMD_COMMAND = ", chosen, " must be the absolute path of the command dpmd"));
    out.command = !chosen.empty() ? chosen : installed ? command_of(*installed) : fs::path();
    out.refusal = refusal(out.command);
    return out;
}

void convert(const Converter& converter, const fs::path& source, const fs::path& target, const fs::path& messages,
             const std::string& name, std::chrono::seconds limit) {
    const std::string trouble =
        run_program({converter.command, {"convert", source.string(), target.string()}, environment(), messages, limit});
    std::error_code ignored;
    if (trouble.empty() && fs::exists(target, ignored)) return;
    const std::string said = replaced(last_line(messages), source.string(), name);
    constexpr std::string_view complaint = "dpmd: error: ";
    if (said.starts_with(complaint)) throw InputError(said.substr(complaint.size()));
    throw InputError(concat(name, ": it could not be converted by ", converter.command.string(), ": ",
                            trouble.empty() ? "it wrote no file" : trouble, said.empty() ? "" : ": ", said));
}

}  // namespace dpmd
