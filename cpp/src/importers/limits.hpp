#pragma once
// How much a model file may cost: every bound grows with the size of the file. A file of a few bytes can declare
// tensors of any size, name one value a million times, or ask for more steps than any machine makes. Every reader takes
// what it decodes, and what it does, from one Budget.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace dpmd::importers {

constexpr int max_nesting = 64;            ///< of mappings and lists in a document
constexpr int max_types = 512;             ///< four times the periodic table; bounds what is done per pair of types
constexpr std::size_t max_dimensions = 8;  ///< of a tensor; a model's have three at most

/// Bytes that one file may still turn into arrays and text, and steps of work that it may ask for. What is too much is
/// an InputError that begins with `place`.
class Budget {
public:
    explicit Budget(std::uint64_t file_bytes);

    std::uint64_t bytes_left() const { return bytes_; }
    void take(std::uint64_t n_bytes, const std::string& place);
    /// Accounts for an array of float64; returns the number of its elements.
    std::size_t take_array(std::span<const std::int64_t> shape, const std::string& place);
    /// Accounts for steps whose number the file decides.
    void work(std::uint64_t n_steps, const std::string& place);

private:
    std::uint64_t bytes_, steps_;
};

/// How many values, shared ones counted wherever they appear, a document of so many bytes may stand for.
std::uint64_t most_values(std::uint64_t n_bytes);

}  // namespace dpmd::importers
