#pragma once
// A small JSON reader for the header of a .dpmd file and of checkpoints. Errors are InputErrors with the offset.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dpmd {

struct JsonDocument;

/// A value of a document, which it keeps alive. The document holds its text and eight bytes per value, so that no
/// header, however contrived, takes much more memory than its size; strings and numbers are decoded on demand.
class Json {
public:
    using List = std::vector<Json>;
    using Object = std::vector<std::pair<std::string, Json>>;  ///< in the order of the document

    /// Parses a whole document; error messages call it `name`.
    static Json parse(std::string_view text, const std::string& name);

    bool is_null() const { return first() == 'n'; }
    bool is_object() const { return first() == '{'; }
    bool is_list() const { return first() == '['; }

    /// Typed access; throws an InputError that names the path of this value when it has another type.
    bool as_bool() const;
    double as_number() const;
    std::int64_t as_integer() const;
    std::string as_string() const;
    List as_list() const;
    Object as_object() const;

    /// Member of an object: required, or null when absent.
    Json at(std::string_view key) const;
    Json get(std::string_view key) const;

    /// Where this value is, for example "model.dpmd: terms[0].fitting.n_fparam".
    std::string path() const;

    /// The number of this value, below the number of values of its document: for notes on each of them.
    std::size_t index() const { return node_; }
    std::size_t n_values() const;

private:
    Json(std::shared_ptr<const JsonDocument> document, std::uint32_t node)
        : document_(std::move(document)), node_(node) {}
    /// The value's first character, which tells its kind.
    char first() const;
    void require(bool condition, const char* wanted) const;
    std::optional<Json> find(std::string_view wanted) const;

    std::shared_ptr<const JsonDocument> document_;
    std::uint32_t node_;
};

/// A JSON string literal with quotes and escapes.
std::string json_quote(std::string_view text);

}  // namespace dpmd
