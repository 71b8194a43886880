#include "models/foreign_file.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/regular_file.hpp"

namespace dpmd {
namespace {

constexpr std::size_t head_bytes = 64;
constexpr std::size_t header_length_bytes = 8;  // in a .dpmd file they are followed by the JSON header

bool is_text(std::string_view head) {
    return std::all_of(head.begin(), head.end(), [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return code >= 0x20 ? code != 0x7f : code == '\t' || code == '\n' || code == '\r';
    });
}

/// The kind of file that begins like this, in words; empty where the reader of .dpmd files should decide.
const char* known_beginning(std::string_view head, const std::string& suffix) {
    if (head.size() > header_length_bytes && head[header_length_bytes] == '{') return "";
    if (head.starts_with("PK\x03\x04")) return "a .pth, .pt, .pt2 or .pte file of DeePMD-kit";
    if (head.starts_with("\x89HDF")) return "a .dp or .hlo file of DeePMD-kit";
    if (is_text(head)) return suffix == ".yaml" || suffix == ".yml" ? "a .yaml file of DeePMD-kit" : "";
    if (head[0] == '\n' || suffix == ".pb") return "a .pb file of DeePMD-kit, a frozen graph";
    return "";
}

std::string quoted(const std::filesystem::path& path) {
    const std::string text = path.string();
    return text.find(' ') == std::string::npos ? text : concat("'", text, "'");
}

}  // namespace

std::string foreign_kind(const std::string& path, std::span<const std::byte> head) {
    const std::string_view text(reinterpret_cast<const char*>(head.data()), std::min(head.size(), head_bytes));
    if (text.empty()) return {};
    if (text.starts_with("version https://git-lfs.github.com/spec/"))
        throw InputError(concat(path, ": a Git LFS pointer, not the file itself; fetch it with: git lfs pull"));
    std::string kind = known_beginning(text, std::filesystem::path(path).extension().string());
    if (kind.empty() && is_text(text))
        throw InputError(concat(path, ": not a .dpmd model but text; a model is what dpmd convert writes"));
    return kind;
}

std::string conversion_advice(const std::string& path) {
    const std::filesystem::path source(path);
    auto target = source;
    target.replace_extension(source.extension() == ".dpmd" ? ".converted.dpmd" : ".dpmd");
    return concat("convert it once with: dpmd convert ", quoted(source), " ", quoted(target));
}

void refuse_foreign_file(const std::string& path, std::span<const std::byte> head) {
    const std::string kind = foreign_kind(path, head);
    if (!kind.empty())
        throw InputError(concat(path, ": not a .dpmd model but, as it begins, ", kind, "; ", conversion_advice(path)));
}

std::string file_head(const std::string& path) { return head_of_regular_file(path, head_bytes); }

}  // namespace dpmd
