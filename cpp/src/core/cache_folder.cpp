#include "core/cache_folder.hpp"

#include <cerrno>
#include <cstdlib>

#include <sys/stat.h>
#include <unistd.h>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

namespace fs = std::filesystem;

fs::path named(const char* variable) {
    const char* text = std::getenv(variable);
    return text != nullptr ? text : "";
}

fs::path named_folder() {
    if (fs::path chosen = named("DPMD_CACHE"); !chosen.empty()) return chosen;
    // the standard of these variables: relative paths are ignored
    if (const fs::path cache = named("XDG_CACHE_HOME"); cache.is_absolute()) return cache / "dpmd";
    if (const fs::path home = named("HOME"); home.is_absolute()) return home / ".cache" / "dpmd";
    return {};
}

}  // namespace

fs::path cache_folder() {
    std::error_code ignored;
    const fs::path folder = named_folder();
    if (folder.empty()) return {};
    const fs::path whole = fs::absolute(folder, ignored).lexically_normal();
    return whole.has_filename() ? whole : whole.parent_path();  // without a slash at its end
}

std::error_code make_private_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder.parent_path(), error);
    if (error) return error;
    if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) return {errno, std::generic_category()};
    return {};
}

void require_private_folder(const fs::path& folder) {
    struct stat found {};
    if (::stat(folder.c_str(), &found) != 0)
        throw InputError(concat(folder.string(), ": ", std::error_code(errno, std::generic_category()).message()));
    if (!S_ISDIR(found.st_mode)) throw InputError(concat(folder.string(), ": is not a folder"));
    if (found.st_uid != ::geteuid() && found.st_uid != 0)
        throw InputError(concat(folder.string(), ": belongs to another user (number ", found.st_uid,
                                "), who could put other models there; name a folder of your own in DPMD_CACHE"));
    if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        throw InputError(concat(folder.string(), ": others may write to it and could put other models there; ",
                                "forbid that with: chmod go-w ", folder.string(),
                                ", or name another folder in DPMD_CACHE"));
}

}  // namespace dpmd
