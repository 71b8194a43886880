#include "io/json_scanner.hpp"

#include <charconv>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

void append_utf8(std::string& out, unsigned code) {
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

}  // namespace

void JsonScanner::fail(const std::string& what) const {
    throw InputError(concat(name_, ": ", complaint_, " at byte ", at_, ": ", what));
}

void JsonScanner::skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
        ++at_;
}

char JsonScanner::peek() {
    skip_space();
    if (at_ >= text_.size()) fail("unexpected end");
    return text_[at_];
}

bool JsonScanner::accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
}

void JsonScanner::expect(char c) {
    if (!accept(c)) fail(concat("expected '", c, "'"));
}

bool JsonScanner::accept_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
}

void JsonScanner::skip_digits() {
    if (!at_digit()) fail("expected a value");
    while (at_digit()) ++at_;
}

bool JsonScanner::accept_one_of(std::string_view characters) {
    if (at_ >= text_.size() || characters.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
}

std::string_view JsonScanner::number() {
    const std::size_t begin = at_;
    accept_one_of("-");
    if (!accept_one_of("0")) skip_digits();
    if (accept_one_of(".")) skip_digits();
    if (accept_one_of("eE")) {
        accept_one_of("+-");
        skip_digits();
    }
    return text_.substr(begin, at_ - begin);
}

std::string JsonScanner::string() {
    std::string out;
    expect('"');
    for (;;) {
        if (at_ >= text_.size()) fail("unterminated string");
        const char c = text_[at_++];
        if (c == '"') return out;
        if (static_cast<unsigned char>(c) < 0x20) fail("control character in a string");
        if (c == '\\') {
            append_escaped(out);
            continue;
        }
        --at_;
        const std::size_t length = character_length();
        out += text_.substr(at_, length);
        at_ += length;
    }
}

void JsonScanner::append_escaped(std::string& out) {
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
            unsigned code = code_unit();
            if (code >= 0xD800 && code < 0xDC00) {
                if (!accept_word("\\u")) fail("half of a surrogate pair");
                const unsigned low = code_unit();
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

/// The four digits of a \u escape.
unsigned JsonScanner::code_unit() {
    unsigned value = 0;
    if (at_ + 4 > text_.size()) fail("broken \\u escape");
    const char* digits = text_.data() + at_;
    const auto [end, error] = std::from_chars(digits, digits + 4, value, 16);
    if (error != std::errc() || end != digits + 4) fail("broken \\u escape");
    at_ += 4;
    return value;
}

/// Bytes of the UTF-8 character that begins here (RFC 3629: no overlong forms, no surrogates).
std::size_t JsonScanner::character_length() const {
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
    if (first >= 0xF0 && first < 0xF5 && follows(1) && follows(2) && follows(3) && !(first == 0xF0 && second < 0x90) &&
        !(first == 0xF4 && second >= 0x90))
        return 4;
    fail("a string that is not UTF-8");
}

void JsonScanner::expect_end() {
    skip_space();
    if (at_ != text_.size()) fail("text after the end of the document");
}

}  // namespace dpmd
