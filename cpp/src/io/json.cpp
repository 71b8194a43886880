#include "io/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

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
    JsonParser(const JsonDocument& document, std::size_t at) : text_(document.text), name_(document.name), at_(at) {}

    std::vector<JsonNode> nodes() {
        if (text_.size() > std::numeric_limits<std::uint32_t>::max()) fail("longer than 4 GiB");
        parse_value(0);
        skip_space();
        if (at_ != text_.size()) fail("text after the end of the document");
        return std::move(nodes_);
    }

private:
    static constexpr int max_depth = 64;

    [[noreturn]] void fail(const char* what) const {
        throw InputError(concat(name_, ": malformed JSON at byte ", at_, ": ", what));
    }
    void skip_space() {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
            ++at_;
    }
    char peek() {
        skip_space();
        if (at_ >= text_.size()) fail("unexpected end");
        return text_[at_];
    }
    bool accept(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!accept(c)) fail(concat("expected '", c, "'").c_str());
    }
    bool accept_word(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }

    std::size_t open_node() {
        nodes_.push_back({static_cast<std::uint32_t>(at_), 0});
        return nodes_.size() - 1;
    }
    void close_node(std::size_t node) { nodes_[node].next = static_cast<std::uint32_t>(nodes_.size()); }

    void parse_value(int depth) {
        if (depth > max_depth) fail("nested too deeply");
        const char c = peek();
        const std::size_t node = open_node();
        if (c == '{') parse_object(depth);
        else if (c == '[') parse_list(depth);
        else if (c == '"') parse_string();
        else if (!accept_word("true") && !accept_word("false") && !accept_word("null")) parse_number();
        close_node(node);
    }

    void parse_object(int depth) {
        std::vector<std::string> keys;
        expect('{');
        if (accept('}')) return;
        do {
            if (peek() != '"') fail("expected a key");
            const std::size_t node = open_node();
            keys.push_back(parse_string());
            close_node(node);
            expect(':');
            parse_value(depth + 1);
        } while (accept(','));
        expect('}');
        std::sort(keys.begin(), keys.end());
        if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) fail("a key appears twice");
    }

    void parse_list(int depth) {
        expect('[');
        if (accept(']')) return;
        do parse_value(depth + 1);
        while (accept(','));
        expect(']');
    }

    bool at_digit() const { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; }
    void skip_digits() {
        if (!at_digit()) fail("expected a value");
        while (at_digit()) ++at_;
    }
    bool accept_one_of(std::string_view characters) {
        if (at_ >= text_.size() || characters.find(text_[at_]) == std::string_view::npos) return false;
        ++at_;
        return true;
    }

public:
    /// Decodes the number or the string that begins here.
    double parse_number() {
        const std::size_t begin = at_;
        accept_one_of("-");
        if (!accept_one_of("0")) skip_digits();
        if (accept_one_of(".")) skip_digits();
        if (accept_one_of("eE")) {
            accept_one_of("+-");
            skip_digits();
        }
        double value = 0;
        const auto [end, error] = std::from_chars(text_.data() + begin, text_.data() + at_, value);
        if (error != std::errc() || end != text_.data() + at_) fail("a number beyond the range of float64");
        return value;
    }

private:
    unsigned parse_hex4() {
        unsigned value = 0;
        if (at_ + 4 > text_.size()) fail("broken \\u escape");
        const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + at_ + 4, value, 16);
        if (error != std::errc() || end != text_.data() + at_ + 4) fail("broken \\u escape");
        at_ += 4;
        return value;
    }

    static void append_utf8(std::string& out, unsigned code) {
        if (code < 0x80) {
            out += static_cast<char>(code);
        } else if (code < 0x800) {
            out += static_cast<char>(0xC0 | (code >> 6));
            out += static_cast<char>(0x80 | (code & 0x3F));
        } else if (code < 0x10000) {
            out += static_cast<char>(0xE0 | (code >> 12));
            out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
            out += static_cast<char>(0x80 | (code & 0x3F));
        } else {
            out += static_cast<char>(0xF0 | (code >> 18));
            out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
            out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
            out += static_cast<char>(0x80 | (code & 0x3F));
        }
    }

    /// Bytes of the UTF-8 character that begins here (RFC 3629: no overlong forms, no surrogates).
    std::size_t character_length() const {
        const auto byte = [&](std::size_t k) {
            return at_ + k < text_.size() ? static_cast<unsigned char>(text_[at_ + k]) : 0u;
        };
        const auto follows = [&](std::size_t k) { return (byte(k) & 0xC0u) == 0x80u; };
        const unsigned first = byte(0), second = byte(1);
        if (first < 0x80) return 1;
        if (first >= 0xC2 && first < 0xE0 && follows(1)) return 2;
        if (first >= 0xE0 && first < 0xF0 && follows(1) && follows(2) && !(first == 0xE0 && second < 0xA0) &&
            !(first == 0xED && second >= 0xA0))
            return 3;
        if (first >= 0xF0 && first < 0xF5 && follows(1) && follows(2) && follows(3) &&
            !(first == 0xF0 && second < 0x90) && !(first == 0xF4 && second >= 0x90))
            return 4;
        fail("a string that is not UTF-8");
    }

public:
    std::string parse_string() {
        std::string out;
        expect('"');
        for (;;) {
            if (at_ >= text_.size()) fail("unterminated string");
            const char c = text_[at_++];
            if (c == '"') return out;
            if (static_cast<unsigned char>(c) < 0x20) fail("control character in a string");
            if (c != '\\') {
                --at_;
                const std::size_t length = character_length();
                out += text_.substr(at_, length);
                at_ += length;
                continue;
            }
            if (at_ >= text_.size()) fail("unterminated string");
            switch (text_[at_++]) {
                case '"': out += '"'; break;
                case '\\': out += '\\'; break;
                case '/': out += '/'; break;
                case 'b': out += '\b'; break;
                case 'f': out += '\f'; break;
                case 'n': out += '\n'; break;
                case 'r': out += '\r'; break;
                case 't': out += '\t'; break;
                case 'u': {
                    unsigned code = parse_hex4();
                    if (code >= 0xD800 && code < 0xDC00) {
                        if (!accept_word("\\u")) fail("half of a surrogate pair");
                        const unsigned low = parse_hex4();
                        if (low < 0xDC00 || low > 0xDFFF) fail("half of a surrogate pair");
                        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                    } else if (code >= 0xDC00 && code < 0xE000) {
                        fail("half of a surrogate pair");
                    }
                    append_utf8(out, code);
                    break;
                }
                default: fail("unknown escape");
            }
        }
    }

private:
    std::string_view text_;
    const std::string& name_;
    std::size_t at_;
    std::vector<JsonNode> nodes_;
};

Json Json::parse(std::string_view text, const std::string& name) {
    const auto document = std::make_shared<JsonDocument>(JsonDocument{std::string(text), name, {}});
    document->nodes = JsonParser(*document, 0).nodes();
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
