#pragma once
// A small JSON reader for the header of a .dpmd file and of checkpoints. Errors are InputErrors with the offset.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dpmd {

class Json {
public:
    using List = std::vector<Json>;
    using Object = std::map<std::string, Json, std::less<>>;

    Json() = default;
    /// Parses a whole document; `name` stands in error messages.
    static Json parse(std::string_view text, const std::string& name);

    bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
    bool is_object() const { return std::holds_alternative<Object>(value_); }
    bool is_list() const { return std::holds_alternative<List>(value_); }

    /// Typed access; InputError that names the path of this value when it is something else.
    bool as_bool() const;
    double as_number() const;
    std::int64_t as_integer() const;
    const std::string& as_string() const;
    const List& as_list() const;
    const Object& as_object() const;

    /// Member of an object: required, or null when absent.
    const Json& at(std::string_view key) const;
    const Json& get(std::string_view key) const;

    /// Where this value stands, as in "model.dpmd: descriptor.sel[1]".
    const std::string& path() const { return path_; }

private:
    friend class JsonParser;
    [[noreturn]] void wrong(const char* wanted) const;

    std::variant<std::nullptr_t, bool, double, std::string, List, Object> value_ = nullptr;
    std::string path_;
};

/// A JSON string literal with quotes and escapes.
std::string json_quote(std::string_view text);

}  // namespace dpmd
