#include "importers/archive/zip_archive.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/archive/crc32.hpp"
#include "importers/archive/inflate.hpp"

namespace dpmd::importers {

namespace {

constexpr std::uint16_t stored = 0, deflated = 8;  // methods of compression
constexpr std::uint16_t is_encrypted = 1;          // a flag

std::vector<ZipEntry> entries_of(std::span<const std::byte> content, const std::string& path) {
    try {
        return read_zip_directory(content);
    } catch (const InputError& error) {
        throw InputError(concat(path, ": a damaged zip archive, truncated?: ", error.what()));
    }
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> content, std::string path, Budget& budget)
    : content_(content), path_(std::move(path)), budget_(&budget), entries_(entries_of(content, path_)) {
    by_name_.resize(entries_.size());
    std::iota(by_name_.begin(), by_name_.end(), std::size_t(0));
    std::sort(by_name_.begin(), by_name_.end(),
              [&](std::size_t a, std::size_t b) { return entries_[a].name < entries_[b].name; });
}

std::vector<std::string_view> ZipArchive::names() const {
    std::vector<std::string_view> out;
    for (const ZipEntry& entry : entries_) out.push_back(entry.name);
    return out;
}

bool ZipArchive::holds(std::string_view name) const { return find(name) < entries_.size(); }

std::uint64_t ZipArchive::size(std::string_view name) const {
    const std::size_t k = find(name);
    if (k == entries_.size()) throw InputError(place(name) + " is missing in the archive");
    return entries_[k].size;
}

void ZipArchive::require_size(std::string_view name, std::uint64_t times_file) const {
    const std::uint64_t declared = size(name);
    if (declared / times_file > content_.size() || declared > times_file * content_.size())
        throw InputError(concat(place(name), " declares ", declared, " bytes, more than a file of ", content_.size(),
                                " should hold"));
}

std::span<const std::byte> ZipArchive::read(std::string_view name) {
    if (const auto before = read_.find(name); before != read_.end()) return before->second;
    const std::size_t k = find(name);
    if (k == entries_.size()) throw InputError(place(name) + " is missing in the archive");
    const auto data = unpacked(entries_[k]);
    read_.emplace(entries_[k].name, data);
    return data;
}

std::span<const std::byte> ZipArchive::unpacked(const ZipEntry& entry) {
    const std::string where = place(entry.name);
    if (entry.method != stored && entry.method != deflated)
        throw InputError(concat(where, ": compression method ", entry.method, " is not PyTorch's"));
    budget_->take(entry.size, where);
    if (entry.flags & is_encrypted) throw InputError(where + ": damaged: it is encrypted");
    std::span<const std::byte> data = entry.data;
    if (entry.method == deflated) {
        try {
            data = inflated_.emplace_back(inflate(entry.data, entry.size));
        } catch (const InputError& error) {
            throw InputError(concat(where, ": damaged: ", error.what()));
        }
    }
    if (data.size() != entry.size)
        throw InputError(concat(where, " holds ", data.size(), " bytes, declares ", entry.size));
    if (crc32(data) != entry.crc) throw InputError(where + ": damaged: its checksum is another one");
    return data;
}

std::string ZipArchive::place(std::string_view name) const { return concat(path_, ": ", name); }

std::size_t ZipArchive::find(std::string_view name) const {
    const auto found = std::lower_bound(by_name_.begin(), by_name_.end(), name,
                                        [&](std::size_t k, std::string_view wanted) { return entries_[k].name < wanted; });
    return found != by_name_.end() && entries_[*found].name == name ? *found : entries_.size();
}

}  // namespace dpmd::importers
