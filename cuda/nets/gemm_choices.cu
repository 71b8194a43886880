#include "nets/gemm_choices.hpp"

#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "core/cache_folder.hpp"
#include "core/text.hpp"
#include "gpu_platform.hpp"

namespace dpmd::gpu {
namespace {

/// First line of a file; changes whenever the measured kernels do.
constexpr const char* heading = "dpmd matrix products 2";
/// Room for thousands of shapes; a larger file is not ours.
constexpr std::uintmax_t longest_file = 1 << 20;

template <class T>
bool read_enum(std::istream& in, int n, T& out) {
    int value = 0;
    if (!(in >> value) || value < 0 || value >= n) return false;
    out = static_cast<T>(value);
    return true;
}

}  // namespace

std::string choices_file(const std::string& device) {
    const std::filesystem::path folder = cache_folder();
    if (folder.empty()) return {};
    std::string name = concat(platform_name, "-", device, "-", gpu::runtime_version());
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    return (folder / concat("products-", name, ".txt")).string();
}

GemmChoices read_choices(const std::string& path) {
    std::error_code error;  // reading a pipe could wait for ever
    if (!std::filesystem::is_regular_file(path, error) || std::filesystem::file_size(path, error) > longest_file ||
        error)
        return {};
    std::ifstream in(path);
    std::string line;
    if (!std::getline(in, line) || line != heading) return {};
    GemmChoices out;
    while (std::getline(in, line)) {
        std::istringstream fields(line);
        GemmShape shape{};
        GemmChoice choice{};
        const bool whole = read_enum(fields, 2, shape.direction) && (fields >> shape.n_in >> shape.n_out) &&
                           read_enum(fields, 4, shape.operands) && read_enum(fields, 2, shape.is_double) &&
                           read_enum(fields, 3, choice.rows_known) && read_enum(fields, 2, choice.rows_unknown) &&
                           (fields >> choice.microseconds[0] >> choice.microseconds[1] >> choice.microseconds[2]) &&
                           (fields >> std::ws).eof();
        if (!whole || shape.n_in < 1 || shape.n_out < 1) return {};
        out.emplace(shape, choice);
    }
    return out;
}

void write_choices(const GemmChoices& choices, const std::string& path) {
    if (path.empty()) return;
    std::error_code error = make_private_folder(std::filesystem::path(path).parent_path());
    const std::string aside = concat(path, ".", ::getpid());
    std::ofstream out(aside);
    out << heading << '\n';
    for (const auto& [shape, choice] : choices)
        out << static_cast<int>(shape.direction) << ' ' << shape.n_in << ' ' << shape.n_out << ' '
            << static_cast<int>(shape.operands) << ' ' << shape.is_double << ' ' << static_cast<int>(choice.rows_known)
            << ' ' << static_cast<int>(choice.rows_unknown) << ' ' << choice.microseconds[0] << ' '
            << choice.microseconds[1] << ' ' << choice.microseconds[2] << '\n';
    out.close();
    if (out) std::filesystem::rename(aside, path, error);
    if (!out || error) std::filesystem::remove(aside, error);
}

}  // namespace dpmd::gpu
