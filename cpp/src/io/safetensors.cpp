#include "io/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include <unistd.h>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/json.hpp"
#include "io/regular_file.hpp"

namespace dpmd {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");
constexpr std::uint64_t max_header_bytes = std::uint64_t(64) << 20;

std::size_t dtype_bytes(const std::string& dtype) {
    if (dtype == "F64" || dtype == "I64" || dtype == "U64") return 8;
    if (dtype == "F32" || dtype == "I32" || dtype == "U32") return 4;
    if (dtype == "F16" || dtype == "BF16" || dtype == "I16" || dtype == "U16") return 2;
    if (dtype == "U8" || dtype == "I8" || dtype == "BOOL") return 1;
    return 0;
}

constexpr std::size_t alignment = 8;  // of the arrays

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string out = "[";
    for (std::size_t k = 0; k < shape.size(); ++k) out += concat(k ? ", " : "", shape[k]);
    return out + "]";
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::string& path, std::uint64_t most_bytes)
    : SafetensorsFile(read_regular_file(path, most_bytes), path) {}

SafetensorsFile::SafetensorsFile(std::vector<std::byte> content, std::string name)
    : path_(std::move(name)), content_(std::move(content)) {
    const std::string& path = path_;
    std::uint64_t header_bytes = 0;
    if (content_.size() < sizeof header_bytes)
        throw InputError(concat(path, ": ", content_.size(), " bytes are too few for a safetensors file"));
    std::memcpy(&header_bytes, content_.data(), sizeof header_bytes);
    if (header_bytes > max_header_bytes || header_bytes > content_.size() - sizeof header_bytes)
        throw InputError(concat(path, ": header of ", header_bytes, " bytes does not fit the file of ", content_.size(),
                                " bytes; the file is truncated or no safetensors file"));
    const std::string_view header(reinterpret_cast<const char*>(content_.data()) + 8, header_bytes);
    const std::span<const std::byte> data = std::span(content_).subspan(8 + header_bytes);

    std::uint64_t n_used = 0;
    const Json json = Json::parse(header, path);
    for (const auto& [tensor_name, entry] : json.as_object()) {
        if (tensor_name == "__metadata__") {
            for (const auto& [key, value] : entry.as_object()) metadata_[key] = value.as_string();
            continue;
        }
        Tensor tensor;
        tensor.dtype = entry.at("dtype").as_string();
        const std::size_t item = dtype_bytes(tensor.dtype);
        if (item == 0)
            throw InputError(concat(path, ": tensor '", tensor_name, "' has unknown dtype '", tensor.dtype, "'"));
        for (const Json& extent : entry.at("shape").as_list()) tensor.shape.push_back(extent.as_integer());
        const bool is_empty = std::count(tensor.shape.begin(), tensor.shape.end(), 0) > 0;
        std::uint64_t expected = is_empty ? 0 : item;
        for (const std::int64_t n : tensor.shape) {
            if (n < 0 || (!is_empty && expected > data.size() / static_cast<std::uint64_t>(n)))
                throw InputError(concat(path, ": tensor '", tensor_name, "' does not fit the file"));
            expected *= static_cast<std::uint64_t>(n);
        }
        const Json::List& offsets = entry.at("data_offsets").as_list();
        if (offsets.size() != 2) throw InputError(concat(path, ": tensor '", tensor_name, "' needs two data_offsets"));
        const std::int64_t begin = offsets[0].as_integer(), end = offsets[1].as_integer();
        if (begin < 0 || end < begin || static_cast<std::uint64_t>(end) > data.size() ||
            static_cast<std::uint64_t>(end - begin) != expected)
            throw InputError(concat(path, ": tensor '", tensor_name, "' at bytes ", begin, " to ", end, " of ",
                                    data.size(), " has not the ", expected,
                                    " bytes of its shape; the file is truncated or damaged"));
        n_used += expected;
        if (n_used > data.size())
            throw InputError(
                concat(path, ": its tensors overlap, the first at '", tensor_name, "'; the file is damaged"));
        tensor.bytes = data.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
        tensors_[tensor_name] = tensor;
    }
}

const std::string& SafetensorsFile::metadata(const std::string& key) const {
    const auto found = metadata_.find(key);
    if (found == metadata_.end())
        throw InputError(concat(path_, ": has no metadata '", key, "'; it was not written by dpmd"));
    return found->second;
}

const SafetensorsFile::Tensor& SafetensorsFile::tensor(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw InputError(concat(path_, ": tensor '", name, "' is missing"));
    return found->second;
}

const SafetensorsFile::Tensor& SafetensorsFile::checked(const std::string& name, const std::vector<std::int64_t>& shape,
                                                        const char* dtype) const {
    const Tensor& t = tensor(name);
    if (t.shape != shape)
        throw InputError(
            concat(path_, ": tensor '", name, "' has shape ", shape_text(t.shape), ", expected ", shape_text(shape)));
    if (t.dtype != dtype)
        throw InputError(concat(path_, ": tensor '", name, "' has dtype ", t.dtype, ", expected ", dtype));
    return t;
}

std::vector<double> SafetensorsFile::doubles(const std::string& name, const std::vector<std::int64_t>& shape) const {
    const Tensor& t = checked(name, shape, "F64");
    std::vector<double> out(t.bytes.size() / sizeof(double));
    if (!out.empty()) std::memcpy(out.data(), t.bytes.data(), t.bytes.size());
    for (std::size_t k = 0; k < out.size(); ++k)
        if (!std::isfinite(out[k]))
            throw InputError(concat(path_, ": tensor '", name, "' holds ", out[k], " at element ", k));
    return out;
}

std::vector<std::int64_t> SafetensorsFile::integers(const std::string& name,
                                                    const std::vector<std::int64_t>& shape) const {
    const Tensor& t = checked(name, shape, "I64");
    std::vector<std::int64_t> out(t.bytes.size() / sizeof(std::int64_t));
    if (!out.empty()) std::memcpy(out.data(), t.bytes.data(), t.bytes.size());
    return out;
}

void SafetensorsWriter::add(const std::string& name, std::span<const double> values,
                            const std::vector<std::int64_t>& shape) {
    add_bytes(name, "F64", std::as_bytes(values), shape);
}

void SafetensorsWriter::add(const std::string& name, std::span<const std::int64_t> values,
                            const std::vector<std::int64_t>& shape) {
    add_bytes(name, "I64", std::as_bytes(values), shape);
}

void SafetensorsWriter::add_bytes(const std::string& name, const char* dtype, std::span<const std::byte> bytes,
                                  const std::vector<std::int64_t>& shape) {
    std::size_t expected = dtype_bytes(dtype);
    for (const std::int64_t n : shape) expected *= static_cast<std::size_t>(n);
    if (expected != bytes.size())
        throw InternalError(
            concat("safetensors: '", name, "' has ", bytes.size(), " bytes, shape ", shape_text(shape)));
    entries_.push_back({name, dtype, shape, {bytes.begin(), bytes.end()}});
}

std::string SafetensorsWriter::head() const {
    std::string header = "{\"__metadata__\":{";
    const char* comma = "";
    for (const auto& [key, value] : metadata_) {
        header += concat(comma, json_quote(key), ":", json_quote(value));
        comma = ",";
    }
    header += "}";
    std::size_t offset = 0;
    for (const Entry& entry : entries_) {
        std::string extents;
        for (const std::int64_t n : entry.shape) extents += concat(extents.empty() ? "" : ",", n);
        header += concat(",", json_quote(entry.name), ":{\"dtype\":\"", entry.dtype, "\",\"shape\":[", extents,
                         "],\"data_offsets\":[", offset, ",", offset + entry.bytes.size(), "]}");
        offset += entry.bytes.size();
    }
    header += "}";
    header.resize((header.size() + alignment - 1) / alignment * alignment, ' ');
    const std::uint64_t n = header.size();
    std::string out(sizeof n, '\0');
    std::memcpy(out.data(), &n, sizeof n);
    return out + header;
}

std::vector<std::byte> SafetensorsWriter::content() const {
    const std::string front = head();
    std::size_t size = front.size();
    for (const Entry& entry : entries_) size += entry.bytes.size();
    std::vector<std::byte> out;
    out.reserve(size);
    const auto view = std::as_bytes(std::span(front));
    out.insert(out.end(), view.begin(), view.end());
    for (const Entry& entry : entries_) out.insert(out.end(), entry.bytes.begin(), entry.bytes.end());
    return out;
}

void SafetensorsWriter::write(const std::string& path) const {
    const std::string front = head();
    require_regular_or_new(path);
    const std::string aside = concat(path, ".", ::getpid(), ".part");
    const auto fail = [&](const char* what) {
        const std::string reason = std::strerror(errno);
        std::remove(aside.c_str());
        throw InputError(concat(path, ": ", what, ": ", reason));
    };
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(aside.c_str(), "wb"), &std::fclose);
    if (!file) fail("cannot be created");
    const auto put = [&](const void* data, std::size_t bytes) {
        if (bytes > 0 && std::fwrite(data, 1, bytes, file.get()) != bytes) fail("could not be written");
    };
    put(front.data(), front.size());
    for (const Entry& entry : entries_) put(entry.bytes.data(), entry.bytes.size());
    if (std::fflush(file.get()) != 0 || ::fsync(::fileno(file.get())) != 0) fail("could not be written");
    if (std::fclose(file.release()) != 0) fail("could not be written");
    if (std::rename(aside.c_str(), path.c_str()) != 0) fail("could not be put in place");
}

}  // namespace dpmd
