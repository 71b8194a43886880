#pragma once
// The safetensors container: an 8-byte length, a JSON header, raw little-endian arrays. Used for models and
// checkpoints.
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/regular_file.hpp"

namespace dpmd {

/// A file that is completely in memory and checked: every tensor lies inside the file, has the size that its shape
/// says, and shares no bytes with another.
class SafetensorsFile {
public:
    explicit SafetensorsFile(const std::string& path, std::uint64_t most_bytes = any_size);
    /// The same from memory; error messages call it `name`.
    SafetensorsFile(std::vector<std::byte> content, std::string name);
    SafetensorsFile(SafetensorsFile&&) = default;
    SafetensorsFile& operator=(SafetensorsFile&&) = default;
    SafetensorsFile(const SafetensorsFile&) = delete;  // tensors refer to this object's bytes
    SafetensorsFile& operator=(const SafetensorsFile&) = delete;

    struct Tensor {
        std::string dtype;  ///< "F64", "I64", "I32", …
        std::vector<std::int64_t> shape;
        std::span<const std::byte> bytes;
    };

    const std::string& path() const { return path_; }
    /// A string of `__metadata__`; throws InputError when absent.
    const std::string& metadata(const std::string& key) const;
    const Tensor& tensor(const std::string& name) const;
    const std::map<std::string, Tensor>& tensors() const { return tensors_; }

    /// A float64 (or int64) tensor of a given shape. Throws InputError, naming both shapes, or a value that is not
    /// finite.
    std::vector<double> doubles(const std::string& name, const std::vector<std::int64_t>& shape) const;
    std::vector<std::int64_t> integers(const std::string& name, const std::vector<std::int64_t>& shape) const;

private:
    const Tensor& checked(const std::string& name, const std::vector<std::int64_t>& shape, const char* dtype) const;

    std::string path_;
    std::vector<std::byte> content_;
    std::map<std::string, std::string> metadata_;
    std::map<std::string, Tensor> tensors_;
};

/// Collects arrays, which stand in the file in the order in which they were added.
class SafetensorsWriter {
public:
    void metadata(const std::string& key, const std::string& value) { metadata_.emplace_back(key, value); }
    void add(const std::string& name, std::span<const double> values, const std::vector<std::int64_t>& shape);
    void add(const std::string& name, std::span<const std::int64_t> values, const std::vector<std::int64_t>& shape);
    /// The file.
    std::vector<std::byte> content() const;
    /// Writes the file, with one rename at the end: a reader sees the old file or the whole new one.
    void write(const std::string& path) const;

private:
    struct Entry {
        std::string name;
        const char* dtype;
        std::vector<std::int64_t> shape;
        std::vector<std::byte> bytes;
    };
    void add_bytes(const std::string& name, const char* dtype, std::span<const std::byte> bytes,
                   const std::vector<std::int64_t>& shape);
    /// What stands in front of the arrays: its length, and the header.
    std::string head() const;

    std::vector<std::pair<std::string, std::string>> metadata_;
    std::vector<Entry> entries_;
};

}  // namespace dpmd
