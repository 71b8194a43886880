#include "engine/conversion/converted_model.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "core/cache_folder.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "engine/conversion/conversion_turn.hpp"
#include "engine/conversion/converter.hpp"
#include "engine/conversion/work_folder.hpp"
#include "io/json.hpp"
#include "io/sha256.hpp"
#include "models/file.hpp"

namespace dpmd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_name = 200;  // a folder's entries may have 255 bytes

/// Python starts within a second, or within a minute where a thousand nodes share a disk.
std::chrono::seconds limit_for(std::size_t n_bytes) { return std::chrono::seconds(300 + 2 * (n_bytes >> 20)); }

/// The name and the hash of the file that the model was converted from.
Source source_of(const ModelData& model, const fs::path& file) {
    const Json source = Json::parse(model.metadata, file.string()).at("source");
    return {"", source.at("file").as_string(), source.at("sha256").as_string(), ""};
}

/// The model in a .dpmd file that was made from the bytes with this hash; none where there is no such file, or one that
/// cannot be read, or one of another model.
std::optional<ModelData> find(const fs::path& file, const std::string& sha256) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return std::nullopt;
    try {
        ModelData model = read_model(file.string());
        if (source_of(model, file).sha256 == sha256) return model;
    } catch (const InputError&) {  // damaged, or of another version: as if it was not there
    }
    return std::nullopt;
}

/// Whether a file is one of this user, of root, or of the owner of the file beside it. A hash in a file is what its
/// owner says.
bool is_trusted(const fs::path& file, const fs::path& beside) {
    struct stat found {
    }, other{};
    if (::stat(file.c_str(), &found) != 0) return false;
    const bool is_ours = found.st_uid == ::geteuid() || found.st_uid == 0;
    return is_ours || (::stat(beside.c_str(), &other) == 0 && other.st_uid == found.st_uid);
}

/// The model in the .dpmd file with the name of the given file. It counts where it was converted without options, which
/// would choose another model or function: those stand behind the name of its source.
std::optional<ModelData> find_beside(const fs::path& path, const std::string& sha256) {
    const fs::path file = fs::path(path).replace_extension(".dpmd");
    if (file == path || !is_trusted(file, path)) return std::nullopt;
    auto model = find(file, sha256);
    if (model && source_of(*model, file).file != path.filename()) model.reset();
    return model;
}

std::optional<ModelData> find_in_cache(const std::string& name, const std::string& sha256) {
    const fs::path folder = cache_folder(), file = folder / (name + ".dpmd");
    std::error_code ignored;
    if (folder.empty() || !fs::exists(file, ignored)) return std::nullopt;
    require_private_folder(folder);
    return find(file, sha256);
}

/// The name for the copy of a file: its own, which stands in messages and in the .dpmd file, where that is an ordinary
/// one.
fs::path name_of_copy(const fs::path& path) {
    const std::string name = path.filename().string();
    return name.empty() || name.front() == '.' || name.size() > longest_name ? "model" : name;
}

/// "convert it once with: " and the command that does so.
std::string advice(const fs::path& source) {
    const auto quoted = [](const fs::path& path) {
        const std::string text = path.string();
        return text.find(' ') == std::string::npos ? text : concat("'", text, "'");
    };
    fs::path target = source;
    target.replace_extension(source.extension() == ".dpmd" ? ".converted.dpmd" : ".dpmd");
    return concat("convert it once with: dpmd convert ", quoted(source), " ", quoted(target));
}

[[noreturn]] void refuse(const std::string& path, const std::string& kind, const std::string& why) {
    throw InputError(concat(path, ": ", kind, ", has to be converted to a .dpmd file, but ", why, "; ", advice(path)));
}

/// The cache folder, made if it is not there, and safe to use.
fs::path usable_cache(const std::string& path, const std::string& kind) {
    fs::path folder = cache_folder();
    if (folder.empty()) refuse(path, kind, "there is no folder for that; name one in DPMD_CACHE");
    if (const auto failed = make_private_folder(folder))
        refuse(path, kind,
               concat("the folder ", folder.string(), " for that cannot be made: ", failed.message(),
                      "; name another one in DPMD_CACHE"));
    require_private_folder(folder);
    return folder;
}

/// Converts the bytes in a folder of their own and puts the result in its place, whole.
ModelData convert_into(const fs::path& file, std::span<const std::byte> content, const std::string& path,
                       const std::string& sha256, const Converter& converter) {
    const WorkFolder work(file.parent_path());
    // Only now: on a network file system a new entry makes those of other machines visible.
    if (auto model = find(file, sha256)) return std::move(*model);
    const fs::path source = work.write(name_of_copy(path), content), target = work / ".converted.dpmd";
    convert(converter, source, target, work / ".messages", path, limit_for(content.size()));
    ModelData model = read_model(target.string());
    if (source_of(model, target).sha256 != sha256)
        throw InputError(concat(path, ": ", converter.command.string(), " has written a file of another model"));
    std::error_code ignored;
    fs::rename(target, file, ignored);
    return model;
}

}  // namespace

ModelData converted_model(std::span<const std::byte> content, const std::string& path, const std::string& kind) {
    const std::string hash = sha256(content);
    if (auto model = find_beside(path, hash)) return std::move(*model);
    const Converter converter = find_converter();
    const std::string name = concat(hash, "-", converter.version);
    if (auto model = find_in_cache(name, hash)) return std::move(*model);
    if (!converter.refusal.empty()) refuse(path, kind, converter.refusal);

    const fs::path folder = usable_cache(path, kind);
    ConversionTurn turn(folder / (name + ".lock"), 2 * limit_for(content.size()));
    if (!turn.failure_before().empty()) throw InputError(turn.failure_before());
    try {
        return convert_into(folder / (name + ".dpmd"), content, path, hash, converter);
    } catch (const InputError& failure) {
        turn.tell_failure(failure.what());
        throw;
    }
}

}  // namespace dpmd
