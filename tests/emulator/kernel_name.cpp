#include "emulator/kernel_name.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <link.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

namespace dpmd::emulator {
namespace {

template <class T>
std::vector<T> read_at(std::ifstream& file, std::uint64_t offset, std::uint64_t bytes) {
    std::vector<T> result(bytes / sizeof(T));
    file.seekg(static_cast<std::streamoff>(offset));
    file.read(reinterpret_cast<char*>(result.data()), static_cast<std::streamsize>(result.size() * sizeof(T)));
    return file ? result : std::vector<T>{};
}

std::string symbol_at(const std::string& path, std::uintptr_t base, std::uintptr_t function) {
    std::ifstream file(path, std::ios::binary);
    const auto header = read_at<ElfW(Ehdr)>(file, 0, sizeof(ElfW(Ehdr)));
    if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0) return "";
    const auto sections = read_at<ElfW(Shdr)>(file, header[0].e_shoff, header[0].e_shnum * sizeof(ElfW(Shdr)));
    const std::uintptr_t value = header[0].e_type == ET_EXEC ? function : function - base;
    for (const auto& section : sections) {
        if (section.sh_type != SHT_SYMTAB || section.sh_link >= sections.size()) continue;
        const auto& strings = sections[section.sh_link];
        for (const auto& symbol : read_at<ElfW(Sym)>(file, section.sh_offset, section.sh_size)) {
            if (symbol.st_value != value || (symbol.st_info & 0xf) != STT_FUNC) continue;
            const auto names = read_at<char>(file, strings.sh_offset, strings.sh_size);
            return symbol.st_name < names.size() ? names.data() + symbol.st_name : "";
        }
    }
    return "";
}

}  // namespace

std::string kernel_name(const void* function) {
    Dl_info info{};
    std::string symbol;
    if (dladdr(function, &info) != 0 && info.dli_fname != nullptr) {
        const auto address = [](const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); };
        symbol = symbol_at(info.dli_fname, address(info.dli_fbase), address(function));
        if (symbol.empty()) symbol = symbol_at("/proc/self/exe", address(info.dli_fbase), address(function));
    }
    if (symbol.empty()) {
        std::ostringstream text;
        text << function;
        return text.str();
    }
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> plain(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status),
                                                       std::free);
    return status == 0 ? plain.get() : symbol;
}

}  // namespace dpmd::emulator
