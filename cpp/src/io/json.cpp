#include "io/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/json_scanner.hpp"

namespace dpmd {

/// A value on the tape: where it begins in the text, and the first node after it and everything in it. The members of
/// an object are its keys and values in turn.
struct JsonNode {
    std::uint32_t begin, next;
};

struct JsonDocument {
    std::string text, name;
    std::vector<JsonNode> nodes;
};

class JsonParser {
public:
    explicit JsonParser(const JsonDocument& document, std::size_t at = 0)
        : text_(document.text, document.name, "malformed JSON", at) {
        if (document.text.size() > std::numeric_limits<std::uint32_t>::max()) text_.fail("longer than 4 GiB");
    }

    std::vector<JsonNode> nodes() {
        parse_value(0);
        text_.expect_end();
        return std::move(nodes_);
    }

    /// Decodes the number or the string that begins here.
    double parse_number() {
        const std::string_view text = text_.number();
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end != text.data() + text.size())
            text_.fail("a number beyond the range of float64");
        return value;
    }
    std::string parse_string() { return text_.string(); }

private:
    static constexpr int max_depth = 64;

    std::size_t open_node() {
        nodes_.push_back({static_cast<std::uint32_t>(text_.at()), 0});
        return nodes_.size() - 1;
    }
    void close_node(std::size_t node) { nodes_[node].next = static_cast<std::uint32_t>(nodes_.size()); }

    void parse_value(int depth) {
        if (depth > max_depth) text_.fail("nested too deeply");
        const char c = text_.peek();
        const std::size_t node = open_node();
        if (c == '{') parse_object(depth);
        else if (c == '[') parse_list(depth);
        else if (c == '"') parse_string();
        else if (!text_.accept_word("true") && !text_.accept_word("false") && !text_.accept_word("null"))
            parse_number();
        close_node(node);
    }

    void parse_object(int depth) {
        std::vector<std::string> keys;
        text_.expect('{');
        if (text_.accept('}')) return;
        do {
            if (text_.peek() != '"') text_.fail("expected a key");
            const std::size_t node = open_node();
            keys.push_back(parse_string());
            close_node(node);
            text_.expect(':');
            parse_value(depth + 1);
        } while (text_.accept(','));
        text_.expect('}');
        std::sort(keys.begin(), keys.end());
        if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) text_.fail("a key appears twice");
    }

    void parse_list(int depth) {
        text_.expect('[');
        if (text_.accept(']')) return;
        do parse_value(depth + 1);
        while (text_.accept(','));
        text_.expect(']');
    }

    JsonScanner text_;
    std::vector<JsonNode> nodes_;
};

Json Json::parse(std::string_view text, const std::string& name) {
    const auto document = std::make_shared<JsonDocument>(JsonDocument{std::string(text), name, {}});
    document->nodes = JsonParser(*document).nodes();
    return {document, 0};
}

char Json::first() const { return document_->text[document_->nodes[node_].begin]; }

void Json::require(bool condition, const char* wanted) const {
    if (!condition) throw InputError(concat(path(), " must be ", wanted));
}

bool Json::as_bool() const {
    require(first() == 't' || first() == 'f', "true or false");
    return first() == 't';
}
double Json::as_number() const {
    require(first() == '-' || (first() >= '0' && first() <= '9'), "a number");
    return JsonParser(*document_, document_->nodes[node_].begin).parse_number();
}
std::int64_t Json::as_integer() const {
    require(first() == '-' || (first() >= '0' && first() <= '9'), "an integer");
    const double value = as_number();
    require(value == std::floor(value) && std::fabs(value) <= 9007199254740992.0, "an integer");
    return static_cast<std::int64_t>(value);
}
std::string Json::as_string() const {
    require(first() == '"', "a string");
    return JsonParser(*document_, document_->nodes[node_].begin).parse_string();
}
Json::List Json::as_list() const {
    require(is_list(), "a list");
    const std::vector<JsonNode>& nodes = document_->nodes;
    List out;
    for (std::uint32_t member = node_ + 1; member < nodes[node_].next; member = nodes[member].next)
        out.push_back(Json(document_, member));
    return out;
}
Json::Object Json::as_object() const {
    require(is_object(), "an object");
    const std::vector<JsonNode>& nodes = document_->nodes;
    Object out;
    for (std::uint32_t key = node_ + 1; key < nodes[node_].next; key = nodes[key + 1].next)
        out.emplace_back(Json(document_, key).as_string(), Json(document_, key + 1));
    return out;
}

std::optional<Json> Json::find(std::string_view wanted) const {
    require(is_object(), "an object");
    const std::vector<JsonNode>& nodes = document_->nodes;
    for (std::uint32_t key = node_ + 1; key < nodes[node_].next; key = nodes[key + 1].next)
        if (Json(document_, key).as_string() == wanted) return Json(document_, key + 1);
    return std::nullopt;
}

Json Json::get(std::string_view key) const {
    static const Json null = parse("null", "");
    return find(key).value_or(null);
}

Json Json::at(std::string_view key) const {
    const std::optional<Json> found = find(key);
    if (!found) throw InputError(concat(path(), ": the key '", key, "' is missing"));
    return *found;
}

std::size_t Json::n_values() const { return document_->nodes.size(); }

// Goes down from the root to the node; long keys are left out.
std::string Json::path() const {
    constexpr std::size_t longest_step = 64;
    const std::vector<JsonNode>& nodes = document_->nodes;
    std::string out = document_->name + ":";
    for (std::uint32_t at = 0; at != node_;) {
        const bool in_object = Json(document_, at).is_object();
        std::uint32_t member = at + (in_object ? 2 : 1);  // in an object: a value, with its key before it
        std::size_t index = 0;
        for (; nodes[member].next <= node_; ++index) member = nodes[member].next + (in_object ? 1 : 0);
        if (in_object) {
            const std::string key = Json(document_, member - 1).as_string();
            out += concat(at == 0 ? " " : ".", key.size() <= longest_step ? key : "...");
        } else {
            out += concat("[", index, "]");
        }
        at = member;
    }
    return out;
}

std::string json_quote(std::string_view text) {
    constexpr std::string_view escaped = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
    std::string out = "\"";
    for (const char c : text) {
        if (const std::size_t k = escaped.find(c); k != std::string_view::npos) {
            out += '\\';
            out += letters[k];
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
            out += escape;
        } else {
            out += c;
        }
    }
    return out + "\"";
}

}  // namespace dpmd
