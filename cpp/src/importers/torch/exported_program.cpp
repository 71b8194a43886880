#include "importers/torch/exported_program.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/archive/zip_archive.hpp"
#include "importers/common.hpp"
#include "importers/dpmodel/dictionary.hpp"
#include "importers/kind.hpp"

namespace dpmd::importers {
namespace {

constexpr const char *model_text = "model.json", *metadata_text = "metadata.json",
                     *settings_text = "model_def_script.json";
constexpr std::uint64_t longest_model = 4;      // times the file; numbers as text shrink to half when they are deflated
constexpr const char* default_input = "nlist";  // of files that do not say

/// The own name of a text beside a program, which may stand in several places: extra_files/, extra/ and <name>/extra/.
std::optional<std::string_view> text_name(std::string_view entry) {
    const std::size_t slash = entry.rfind('/');
    if (slash == std::string_view::npos || slash + 1 == entry.size()) return std::nullopt;
    const std::string_view folders = entry.substr(0, slash), folder = folders.substr(folders.rfind('/') + 1);
    return folder == "extra" || folder == "extra_files" ? std::optional(entry.substr(slash + 1)) : std::nullopt;
}

/// Where the texts beside a program are, by their own names; the outermost where there are several.
std::map<std::string_view, std::string_view> texts_in(const std::vector<std::string_view>& names) {
    const auto rank = [](std::string_view name) { return std::pair(std::count(name.begin(), name.end(), '/'), name); };
    std::map<std::string_view, std::string_view> out;
    for (const std::string_view name : names)
        if (const auto own = text_name(name)) {
            const auto [found, is_new] = out.try_emplace(*own, name);
            if (!is_new && rank(name) < rank(found->second)) found->second = name;
        }
    return out;
}

class Program {
public:
    Program(std::span<const std::byte> content, const std::string& path)
        : budget_(content.size()), archive_(content, path, budget_), texts_(texts_in(archive_.names())) {}

    Budget& budget() { return budget_; }

    /// A mapping that stands beside the program, empty where there is none. It may be so many times as long as the
    /// file.
    Value mapping(std::string_view name, std::uint64_t times_file = 1) {
        const auto at = texts_.find(name);
        if (at == texts_.end()) return Value(Mapping());
        archive_.require_size(at->second, times_file);
        const std::string place = concat(archive_.path(), ": ", at->second);
        const std::span<const std::byte> text = archive_.read(at->second);
        Value out = json_document({reinterpret_cast<const char*>(text.data()), text.size()}, place);
        if (!out.is_mapping()) throw InputError(concat(place, ": expected a mapping, found ", found(out)));
        return out;
    }

private:
    Budget budget_;
    ZipArchive archive_;
    std::map<std::string_view, std::string_view> texts_;
};

/// The document, with settings that stand beside it where it has none itself.
Value with_settings(const Value& document, Value settings) {
    Mapping members = *document.as<Mapping>();
    const auto is_settings = [](const Member& one) { return one.key == "model_def_script"; };
    if (settings.is_true() && std::none_of(members.begin(), members.end(), is_settings))
        members.push_back({"model_def_script", std::move(settings)});
    return Value(std::move(members));
}

bool is_program_entry(std::string_view name) {
    return name.find("aotinductor/") != std::string_view::npos ||
           name.find("serialized_exported_program") != std::string_view::npos || name == "archive_format" ||
           name.ends_with("/archive_format");
}

}  // namespace

bool holds_model(const std::vector<std::string_view>& names) { return texts_in(names).contains(model_text); }

void refuse_program(const std::string& path, const std::vector<std::string_view>& names) {
    if (std::any_of(names.begin(), names.end(), is_program_entry))
        throw InputError(concat(path, ": an exported program of PyTorch without DeePMD-kit's model in it (", model_text,
                                "); give the model that it was made from"));
}

ImportedModel read_exported_program(std::span<const std::byte> content, const std::string& path, Source source) {
    Program program(content, path);
    Value settings = program.mapping(settings_text);
    refuse_other_kinds(kind_of(settings), path);
    const Value document = with_settings(program.mapping(model_text, longest_model), std::move(settings));
    const Value metadata = program.mapping(metadata_text);
    const std::string lower_input =
        Section(metadata, concat(path, ": ", metadata_text), program.budget()).text("lower_input_kind", default_input);
    return read_document(Section(document, path, program.budget()), std::move(source), lower_input);
}

}  // namespace dpmd::importers
