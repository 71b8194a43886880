#include "importers/archive/zip_directory.hpp"

#include <algorithm>
#include <utility>

#include "core/utf8.hpp"
#include "dpmd/errors.hpp"
#include "importers/archive/little_endian.hpp"

namespace dpmd::importers {

namespace {

using Bytes = std::span<const std::byte>;

// Each record begins with a number of its own and has so many bytes before names and the like.
struct Record {
    std::uint32_t magic;
    std::size_t size;
};
constexpr Record local_header{0x04034b50, 30}, directory_entry{0x02014b50, 46}, directory_end{0x06054b50, 22},
    wide_directory_end{0x06064b50, 56}, wide_locator{0x07064b50, 20};
constexpr std::size_t longest_comment = 0xFFFF;
constexpr std::uint16_t wide_sizes = 1;          // the extra field with sizes of 64 bits
constexpr std::uint32_t in_extra = 0xFFFFFFFFu;  // stands in place of these

template <class T>
T number(Bytes bytes, std::size_t offset) {
    return little_endian<T>(bytes, offset);
}

bool has_record(Bytes file, std::uint64_t at, Record record) {
    return at <= file.size() && file.size() - at >= record.size && number<std::uint32_t>(file, at) == record.magic;
}

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

struct Directory {
    std::uint64_t offset, size, n_entries;
    std::uint64_t end;  ///< where the records behind it begin
};

/// Where the last record is: at the end of the file, or before a comment.
std::size_t find_end(Bytes file) {
    if (file.size() >= directory_end.size) {
        const std::size_t last = file.size() - directory_end.size;
        const std::size_t first = last - std::min(last, longest_comment);
        for (std::size_t at = last + 1; at-- > first;)
            if (has_record(file, at, directory_end) && number<std::uint16_t>(file, at + 20) == last - at) return at;
    }
    throw InputError("the end of the directory is missing");
}

Directory find_directory(Bytes file) {
    const std::size_t end = find_end(file);
    if (end >= wide_locator.size && has_record(file, end - wide_locator.size, wide_locator)) {
        const auto at = number<std::uint64_t>(file, end - wide_locator.size + 8);
        if (!has_record(file, at, wide_directory_end) || at > end - wide_locator.size - wide_directory_end.size)
            throw InputError("the end of the directory is damaged");
        return {number<std::uint64_t>(file, at + 48), number<std::uint64_t>(file, at + 40),
                number<std::uint64_t>(file, at + 32), at};
    }
    return {number<std::uint32_t>(file, end + 16), number<std::uint32_t>(file, end + 12),
            number<std::uint16_t>(file, end + 10), end};
}

/// The numbers of 64 bits in the extra fields of an entry: those that do not fit into its record, in their order.
class WideNumbers {
public:
    explicit WideNumbers(Bytes extra) {
        while (extra.size() >= 4) {
            const auto id = number<std::uint16_t>(extra, 0);
            const std::size_t size = number<std::uint16_t>(extra, 2);
            extra = extra.subspan(4);
            if (size > extra.size()) throw InputError("an extra field of an entry is damaged");
            if (id == wide_sizes) left_ = extra.first(size);
            extra = extra.subspan(size);
        }
    }
    /// The number itself, or the next one of 64 bits.
    std::uint64_t value(std::uint32_t narrow) {
        if (narrow != in_extra) return narrow;
        if (left_.size() < 8) throw InputError("the size of an entry is missing");
        const auto wide = number<std::uint64_t>(left_, 0);
        left_ = left_.subspan(8);
        return wide;
    }

private:
    Bytes left_;
};

/// The bytes of an entry, which lie behind a header of its own, before `end`.
Bytes data_of(Bytes file, std::uint64_t header, std::uint64_t packed, std::string_view name, std::uint64_t end) {
    if (header >= end || !has_record(file.first(end), header, local_header))
        throw InputError("an entry is not where the directory says");
    const std::size_t n_name = number<std::uint16_t>(file, header + 26);
    const std::uint64_t n_head = local_header.size + n_name + number<std::uint16_t>(file, header + 28);
    if (end - header < n_head || packed > end - header - n_head)
        throw InputError("an entry reaches beyond the archive");
    if (text_of(file.subspan(header + local_header.size, n_name)) != name)
        throw InputError("an entry has another name than in the directory");
    return file.subspan(header + n_head, packed);
}

void require_apart(const std::vector<ZipEntry>& entries, Bytes file) {
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (const ZipEntry& entry : entries) {
        const std::size_t begin = std::size_t(entry.data.data() - file.data());
        places.emplace_back(begin, begin + entry.data.size());
    }
    std::sort(places.begin(), places.end());
    for (std::size_t k = 1; k < places.size(); ++k)
        if (places[k].first < places[k - 1].second) throw InputError("its entries overlap");
}

void require_distinct(const std::vector<ZipEntry>& entries) {
    std::vector<std::string_view> names;
    names.reserve(entries.size());
    for (const ZipEntry& entry : entries) names.push_back(entry.name);
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) throw InputError("two entries have one name");
}

}  // namespace

std::vector<ZipEntry> read_zip_directory(Bytes file) {
    const Directory directory = find_directory(file);
    if (directory.offset > directory.end || directory.size != directory.end - directory.offset ||
        directory.n_entries > directory.size / directory_entry.size)
        throw InputError("the directory is damaged");
    Bytes left = file.subspan(directory.offset, directory.size);
    std::vector<ZipEntry> entries;
    entries.reserve(directory.n_entries);
    for (std::uint64_t k = 0; k < directory.n_entries; ++k) {
        if (!has_record(left, 0, directory_entry)) throw InputError("the directory is damaged");
        const std::size_t n_name = number<std::uint16_t>(left, 28), n_extra = number<std::uint16_t>(left, 30),
                          n_comment = number<std::uint16_t>(left, 32);
        if (left.size() - directory_entry.size < n_name + n_extra + n_comment)
            throw InputError("the directory is damaged");
        ZipEntry entry{.name = text_of(left.subspan(directory_entry.size, n_name)),
                       .flags = number<std::uint16_t>(left, 8),
                       .method = number<std::uint16_t>(left, 10),
                       .crc = number<std::uint32_t>(left, 16),
                       .data = {}};
        if (!is_utf8(entry.name)) throw InputError("the name of an entry is no text");
        WideNumbers wide(left.subspan(directory_entry.size + n_name, n_extra));
        entry.size = wide.value(number<std::uint32_t>(left, 24));
        const std::uint64_t packed = wide.value(number<std::uint32_t>(left, 20));
        const std::uint64_t header = wide.value(number<std::uint32_t>(left, 42));
        entry.data = data_of(file, header, packed, entry.name, directory.offset);
        entries.push_back(entry);
        left = left.subspan(directory_entry.size + n_name + n_extra + n_comment);
    }
    require_apart(entries, file);
    require_distinct(entries);
    return entries;
}

}  // namespace dpmd::importers
