// Whole files as texts of the host.
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <string>

#include "deepmd/c_api.h"
#include "handle.hpp"
#include "printed.hpp"
#include "texts.hpp"

namespace dpmd::deepmd {
namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

[[noreturn]] void fail_to_read(const std::string& path, const std::string& why) { throw Failure(path + ": " + why); }

/// The bytes and a zero after them. Throws Failure unless it is a regular file whose size is an int.
std::unique_ptr<char[]> content_of(const char* path, int& size) {
    if (path == nullptr) throw Failure("the path of a file is NULL");
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path, "rb"));
    struct stat found {};
    if (!file || fstat(fileno(file.get()), &found) != 0) fail_to_read(path, std::strerror(errno));
    if (!S_ISREG(found.st_mode)) fail_to_read(path, "not a regular file");
    if (found.st_size > std::numeric_limits<int>::max() - 1)
        fail_to_read(path, std::to_string(found.st_size) + " bytes are more than this interface can hand over");
    const auto n = static_cast<std::size_t>(found.st_size);
    std::unique_ptr<char[]> bytes(new char[n + 1]);
    if (std::fread(bytes.get(), 1, n, file.get()) != n) fail_to_read(path, "cannot be read");
    bytes[n] = '\0';
    size = static_cast<int>(n);
    return bytes;
}

/// Calls `failed` with the message where there is no content.
template <class F>
const char* content_or(const char* path, int& size, F&& failed) noexcept {
    try {
        return content_of(path, size).release();
    } catch (const std::exception& error) {
        return failed(error.what());
    }
}

}  // namespace
}  // namespace dpmd::deepmd

using namespace dpmd::deepmd;

const char* DP_ReadFileToChar(const char* path) noexcept {
    int size = 0;
    return content_or(path, size, [](const char* message) {
        say(message);
        return new_text("");
    });
}

const char* DP_ReadFileToChar2(const char* path, int* size) noexcept {
    int ignored = 0;
    int& to = size != nullptr ? *size : ignored;
    return content_or(path, to, [&](const char* message) {
        to = -static_cast<int>(std::strlen(message));
        return new_text(message);
    });
}

void DP_ConvertPbtxtToPb(const char* pbtxt, const char* pb) noexcept {
    const auto shown = [](const char* path) { return path != nullptr ? path : "NULL"; };
    try {
        say(std::string(shown(pbtxt)) + ": not converted to " + shown(pb) +
            "; a shell makes a model of it with: dpmd convert MODEL.pbtxt MODEL.dpmd");
    } catch (...) {
        say("a .pbtxt file was not converted");
    }
}
