#include "importers/formats.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/archive/zip_archive.hpp"
#include "importers/limits.hpp"
#include "importers/other_file.hpp"
#include "importers/torch/exported_program.hpp"

namespace dpmd::importers {
namespace {

struct KnownFormat {
    std::string_view name, words;
    std::vector<std::string_view> suffixes;
};

/// By Format.
const std::vector<KnownFormat>& known_formats() {
    static const std::vector<KnownFormat> known = {
        {"dpmd", "dpmd model", {".dpmd"}},
        {"tensorflow-graph", "DeePMD-kit TensorFlow graph", {".pb"}},
        {"torchscript", "DeePMD-kit TorchScript model", {".pth"}},
        {"torch-checkpoint", "DeePMD-kit PyTorch checkpoint", {".pt"}},
        {"exported-program", "DeePMD-kit exported program", {".pt2", ".pte"}},
        {"dpmodel-hdf5", "DeePMD-kit dpmodel, HDF5", {".dp", ".hlo", ".jax"}},
        {"dpmodel-yaml", "DeePMD-kit dpmodel, text", {".yaml", ".yml"}},
    };
    return known;
}

constexpr std::size_t head_bytes = 4096, length_bytes = 8;

bool is_text(std::string_view head) {
    return std::all_of(head.begin(), head.end(), [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return code >= 0x20 ? code != 0x7f : code == '\t' || code == '\n' || code == '\r';
    });
}

/// A graph of TensorFlow as text begins with one of its fields.
bool is_graph_text(std::string_view head) {
    const std::size_t begin = head.find_first_not_of(" \t\n\r\v\f");
    if (begin == std::string_view::npos) return false;
    head.remove_prefix(begin);
    for (const std::string_view field : {"node", "library", "versions"})
        if (head.starts_with(field)) {
            const std::size_t next = head.find_first_not_of(" \t\n\r\v\f", field.size());
            return next != std::string_view::npos && head[next] == '{';
        }
    return false;
}

/// The length of the header and the brace with which it begins.
bool is_dpmd(std::string_view content) {
    if (content.size() <= length_bytes + 1 || content[length_bytes] != '{') return false;
    std::uint64_t length = 0;
    for (std::size_t k = 0; k < length_bytes; ++k)
        length |= std::uint64_t(static_cast<unsigned char>(content[k])) << (8 * k);
    return length < content.size();
}

Format zip_format(std::span<const std::byte> content, const std::string& path) {
    Budget budget(content.size());
    const std::vector<std::string_view> names = ZipArchive(content, path, budget).names();
    if (holds_model(names)) return Format::exported_program;
    refuse_program(path, names);
    const auto any_ends_with = [&](std::string_view end) {
        return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return name.ends_with(end); });
    };
    if (any_ends_with("/constants.pkl")) return Format::torchscript;
    if (any_ends_with("/data.pkl")) return Format::torch_checkpoint;
    const bool is_numpy = !names.empty() && std::all_of(names.begin(), names.end(),
                                                        [](std::string_view name) { return name.ends_with(".npy"); });
    throw InputError(
        concat(path, ": a zip archive with ", is_numpy ? "NumPy arrays" : "no PyTorch model", " inside, not a model"));
}

[[noreturn]] void refuse_unknown(const std::string& path) {
    std::string suffix = std::filesystem::path(path).extension().string(), promise, all;
    std::transform(suffix.begin(), suffix.end(), suffix.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    for (const KnownFormat& known : known_formats())
        for (const std::string_view one : known.suffixes) {
            all += concat(all.empty() ? "" : ", ", one);
            if (one == suffix) promise = concat("; its suffix promises a ", known.words, ", it does not begin as one");
        }
    throw InputError(concat(path, ": not a model format that dpmd reads (", all, ")", promise));
}

}  // namespace

std::string_view name_of(Format format) { return known_formats()[static_cast<std::size_t>(format)].name; }
std::string_view describe(Format format) { return known_formats()[static_cast<std::size_t>(format)].words; }

Format format_of(std::span<const std::byte> content, const std::string& path) {
    const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
    const std::string_view head = text.substr(0, head_bytes);
    if (content.empty()) throw InputError(concat(path, ": the file is empty"));
    if (head.starts_with("version https://git-lfs.github.com/spec/"))
        throw InputError(concat(path, ": a Git LFS pointer, not the file itself; fetch it with: git lfs pull"));
    if (head.starts_with("\x89HDF\r\n\x1a\n")) return Format::dpmodel_hdf5;
    if (head.starts_with("PK\x03\x04")) return zip_format(content, path);
    if (head.starts_with("\x80\x02"))
        throw InputError(concat(path, ": a PyTorch file older than the zip format; save it again"));
    if (is_dpmd(text)) return Format::dpmd;
    if (is_text(head)) {
        refuse_other_text(path, head);
        if (is_graph_text(head)) throw InputError(concat(path, ": a graph as text; use dp convert-from pbtxt"));
        return Format::dpmodel_yaml;
    }
    refuse_other_binary(path, head);
    // The fields of a graph: node, library, version, versions.
    if (std::string_view("\x0a\x12\x1a\x22").find(head.front()) != std::string_view::npos)
        return Format::tensorflow_graph;
    refuse_unknown(path);
}

}  // namespace dpmd::importers
