// JSON as Python's json module reads it, which wrote the documents in DeePMD-kit's files.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/limits.hpp"
#include "importers/number_text.hpp"

namespace dpmd::importers {
namespace {

constexpr std::size_t most_digits = 4300;  // of a whole number, in Python

class Parser {
public:
    Parser(std::string_view text, const std::string& place) : text_(text), place_(place) {}

    Value document() {
        Value out = value(0);
        skip_space();
        if (at_ != text_.size()) fail("more text behind the document");
        return out;
    }

private:
    [[noreturn]] void fail(const char* what) const {
        throw InputError(concat(place_, ": not readable as JSON: at byte ", at_, ": ", what));
    }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_space() {
        while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) ++at_;
    }
    bool accept(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }
    void expect(const char* word, const char* complaint) {
        skip_space();
        if (!accept(word)) fail(complaint);
    }

    Value value(int depth) {
        if (depth > max_nesting) throw InputError(concat(place_, ": values are nested deeper than ", max_nesting));
        skip_space();
        if (accept("{")) return mapping(depth);
        if (accept("[")) return list(depth);
        if (peek() == '"') return Value(string());
        if (accept("null")) return {};
        if (accept("true")) return Value(true);
        if (accept("false")) return Value(false);
        for (const char* word : {"NaN", "Infinity", "-Infinity"})
            if (accept(word)) return Value(std::string(word));
        return number();
    }

    Value list(int depth) {
        List out;
        skip_space();
        if (accept("]")) return Value(std::move(out));
        for (;;) {
            out.push_back(value(depth + 1));
            skip_space();
            if (accept("]")) return Value(std::move(out));
            expect(",", "expected a comma");
        }
    }

    /// The last of the values of a key counts, in the place of the first.
    Value mapping(int depth) {
        Mapping out;
        std::unordered_map<std::string, std::size_t> places;
        skip_space();
        if (accept("}")) return Value(std::move(out));
        for (;;) {
            skip_space();
            if (peek() != '"') fail("expected a key in double quotes");
            std::string key = string();
            expect(":", "expected a colon");
            Value member = value(depth + 1);
            const auto [found, is_new] = places.try_emplace(key, out.size());
            if (is_new) out.push_back({std::move(key), std::move(member)});
            else out[found->second].value = std::move(member);
            skip_space();
            if (accept("}")) return Value(std::move(out));
            expect(",", "expected a comma");
        }
    }

    std::size_t skip_digits() {
        const std::size_t begin = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        return at_ - begin;
    }

    Value number() {
        const std::size_t begin = at_;
        accept("-");
        if (!accept("0") && skip_digits() == 0) fail("expected a value");
        bool is_integer = true;
        if (std::size_t mark = at_; accept(".")) {
            if (skip_digits() == 0) at_ = mark;
            else is_integer = false;
        }
        if (std::size_t mark = at_; accept("e") || accept("E")) {
            if (!accept("+")) accept("-");
            if (skip_digits() == 0) at_ = mark;
            else is_integer = false;
        }
        const std::string_view digits = text_.substr(begin, at_ - begin);
        return is_integer ? whole(digits) : real(digits);
    }

    Value whole(std::string_view digits) const {
        std::int64_t value = 0;
        if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc()) return Value(value);
        if (digits.size() > most_digits) fail("a whole number of too many digits");
        return Value(BigInteger{std::string(digits)});
    }

    static Value real(std::string_view digits) {
        const double value = number_of_text(digits).value_or(HUGE_VAL);
        if (std::isfinite(value)) return Value(value);
        return Value(std::string(digits));
    }

    unsigned hex4() {
        unsigned code = 0;
        const std::string_view digits = text_.substr(at_, 4);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
        if (digits.size() != 4 || error != std::errc() || end != digits.data() + 4) fail("a broken \\u escape");
        at_ += 4;
        return code;
    }

    /// Lone surrogates are encoded as well, which no file can hold: the reader of .dpmd files refuses them.
    static void append_character(std::string& out, unsigned code) {
        const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
        if (code < 0x80) {
            out += static_cast<char>(code);
        } else if (code < 0x800) {
            out += static_cast<char>(0xc0 | (code >> 6));
            tail(0);
        } else if (code < 0x10000) {
            out += static_cast<char>(0xe0 | (code >> 12));
            tail(6);
            tail(0);
        } else {
            out += static_cast<char>(0xf0 | (code >> 18));
            tail(12);
            tail(6);
            tail(0);
        }
    }

    void append_escape(std::string& out) {
        constexpr std::string_view marks = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
        const std::size_t k = marks.find(peek());
        if (at_ >= text_.size()) fail("a string without an end");
        ++at_;
        if (k != std::string_view::npos) {
            out += meanings[k];
            return;
        }
        if (text_[at_ - 1] != 'u') fail("an unknown escape");
        unsigned code = hex4();
        if (code >= 0xd800 && code < 0xdc00) {
            const std::size_t mark = at_;
            const unsigned low = accept("\\u") ? hex4() : 0;
            if (low >= 0xdc00 && low < 0xe000) code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            else at_ = mark;
        }
        append_character(out, code);
    }

    std::string string() {
        std::string out;
        ++at_;
        for (;;) {
            const std::size_t end = std::min(text_.find_first_of("\"\\", at_), text_.size());
            const std::string_view plain = text_.substr(at_, end - at_);
            if (std::any_of(plain.begin(), plain.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
                fail("a control character in a string");
            out += plain;
            at_ = end;
            if (at_ >= text_.size()) fail("a string without an end");
            if (text_[at_++] == '"') return out;
            append_escape(out);
        }
    }

    std::string_view text_;
    const std::string& place_;
    std::size_t at_ = 0;
};

}  // namespace

Value json_document(std::string_view text, const std::string& place) { return Parser(text, place).document(); }

}  // namespace dpmd::importers
