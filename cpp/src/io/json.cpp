#include "io/json.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {

class JsonParser {
public:
    JsonParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

    Json document() {
        Json value = parse_value(name_ + ":", 0);
        skip_space();
        if (at_ != text_.size()) fail("text after the end of the document");
        return value;
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

    Json parse_value(std::string path, int depth) {
        if (depth > max_depth) fail("nested too deeply");
        Json out;
        const char c = peek();
        if (c == '{') out.value_ = parse_object(path, depth);
        else if (c == '[') out.value_ = parse_list(path, depth);
        else if (c == '"') out.value_ = parse_string();
        else if (accept_word("true")) out.value_ = true;
        else if (accept_word("false")) out.value_ = false;
        else if (accept_word("null")) out.value_ = nullptr;
        else out.value_ = parse_number();
        out.path_ = std::move(path);
        return out;
    }

    Json::Object parse_object(const std::string& path, int depth) {
        Json::Object out;
        expect('{');
        if (accept('}')) return out;
        do {
            if (peek() != '"') fail("expected a key");
            std::string key = parse_string();
            expect(':');
            std::string child = concat(path, path.back() == ':' ? " " : ".", key);
            if (!out.emplace(key, parse_value(std::move(child), depth + 1)).second) fail("a key appears twice");
        } while (accept(','));
        expect('}');
        return out;
    }

    Json::List parse_list(const std::string& path, int depth) {
        Json::List out;
        expect('[');
        if (accept(']')) return out;
        do out.push_back(parse_value(concat(path, "[", out.size(), "]"), depth + 1));
        while (accept(','));
        expect(']');
        return out;
    }

    double parse_number() {
        double value = 0;
        const char* begin = text_.data() + at_;
        const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
        if (error != std::errc() || !std::isfinite(value)) fail("expected a value");
        at_ += static_cast<std::size_t>(end - begin);
        return value;
    }

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

    std::string parse_string() {
        std::string out;
        expect('"');
        for (;;) {
            if (at_ >= text_.size()) fail("unterminated string");
            const char c = text_[at_++];
            if (c == '"') return out;
            if (static_cast<unsigned char>(c) < 0x20) fail("control character in a string");
            if (c != '\\') {
                out += c;
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
                    }
                    append_utf8(out, code);
                    break;
                }
                default: fail("unknown escape");
            }
        }
    }

    std::string_view text_;
    std::string name_;
    std::size_t at_ = 0;
};

Json Json::parse(std::string_view text, const std::string& name) { return JsonParser(text, name).document(); }

void Json::wrong(const char* wanted) const { throw InputError(concat(path_, " must be ", wanted)); }

bool Json::as_bool() const {
    if (const auto* v = std::get_if<bool>(&value_)) return *v;
    wrong("true or false");
}
double Json::as_number() const {
    if (const auto* v = std::get_if<double>(&value_)) return *v;
    wrong("a number");
}
std::int64_t Json::as_integer() const {
    const auto* v = std::get_if<double>(&value_);
    if (v == nullptr || *v != std::floor(*v) || std::fabs(*v) > 9007199254740992.0) wrong("an integer");
    return static_cast<std::int64_t>(*v);
}
const std::string& Json::as_string() const {
    if (const auto* v = std::get_if<std::string>(&value_)) return *v;
    wrong("a string");
}
const Json::List& Json::as_list() const {
    if (const auto* v = std::get_if<List>(&value_)) return *v;
    wrong("a list");
}
const Json::Object& Json::as_object() const {
    if (const auto* v = std::get_if<Object>(&value_)) return *v;
    wrong("an object");
}

const Json& Json::get(std::string_view key) const {
    static const Json null;
    const Object& object = as_object();
    const auto found = object.find(key);
    return found == object.end() ? null : found->second;
}

const Json& Json::at(std::string_view key) const {
    const Object& object = as_object();
    const auto found = object.find(key);
    if (found == object.end()) throw InputError(concat(path_, ": the key '", key, "' is missing"));
    return found->second;
}

std::string json_quote(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
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
