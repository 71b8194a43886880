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

    /// Every value holds its path, so long keys over many values must not multiply: what is too long is left out.
    static std::string child_path(const std::string& path, const char* separator, const std::string& step) {
        constexpr std::size_t longest_path = 256, longest_step = 64;
        if (path.size() > longest_path) return path;
        return concat(path, separator, step.size() <= longest_step ? step : "...");
    }

    Json::Object parse_object(const std::string& path, int depth) {
        Json::Object out;
        expect('{');
        if (accept('}')) return out;
        do {
            if (peek() != '"') fail("expected a key");
            std::string key = parse_string();
            expect(':');
            std::string child = child_path(path, path.back() == ':' ? " " : ".", key);
            if (!out.emplace(key, parse_value(std::move(child), depth + 1)).second) fail("a key appears twice");
        } while (accept(','));
        expect('}');
        return out;
    }

    Json::List parse_list(const std::string& path, int depth) {
        Json::List out;
        expect('[');
        if (accept(']')) return out;
        do out.push_back(parse_value(child_path(path, "[", concat(out.size(), "]")), depth + 1));
        while (accept(','));
        expect(']');
        return out;
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
