// JSON as Python's json module writes it, which made the documents in DeePMD-kit's files.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/limits.hpp"
#include "importers/number_text.hpp"
#include "io/json_scanner.hpp"

namespace dpmd::importers {
namespace {

constexpr std::string_view array_key = "value";  // of the numbers of an array
constexpr std::string_view words_for_numbers[] = {"NaN", "Infinity", "-Infinity"};
constexpr std::size_t most_digits = 4300;  // of a whole number, in Python

/// The number nearest to a decimal, which may be infinite or 0.
double nearest(std::string_view decimal) {
    double value = 0;
    if (std::from_chars(decimal.data(), decimal.data() + decimal.size(), value).ec == std::errc()) return value;
    return number_of_text(decimal).value_or(HUGE_VAL);
}

class Parser {
public:
    Parser(std::string_view text, const std::string& place)
        : text_(text, place, "not readable as JSON"), place_(place) {}

    Value document() {
        Value out = value(1);
        text_.expect_end();
        return out;
    }

private:
    Value value(int depth) {
        const char c = text_.peek();
        if (c == '{') return Value(mapping(depth));
        if (c == '[') return Value(list(depth));
        if (c == '"') return Value(text_.string());
        if (text_.accept_word("true")) return Value(true);
        if (text_.accept_word("false")) return Value(false);
        if (text_.accept_word("null")) return Value();
        for (const std::string_view word : words_for_numbers)
            if (text_.accept_word(word)) return Value(std::string(word));
        return number(text_.number());
    }

    void check_depth(int depth) const {
        if (depth > max_nesting) throw InputError(concat(place_, ": values are nested deeper than ", max_nesting));
    }

    Mapping mapping(int depth) {
        check_depth(depth);
        Mapping out;
        text_.expect('{');
        if (text_.accept('}')) return out;
        do {
            if (text_.peek() != '"') text_.fail("expected a key");
            std::string key = text_.string();
            text_.expect(':');
            const bool may_be_array = key == array_key && text_.peek() == '[';
            std::optional<Value> array = may_be_array ? numbers() : std::nullopt;
            out.push_back({std::move(key), array ? std::move(*array) : value(depth + 1)});
        } while (text_.accept(','));
        text_.expect('}');
        require_each_once(out);
        return out;
    }

    void require_each_once(const Mapping& mapping) const {
        std::vector<std::string_view> keys;
        for (const Member& one : mapping) keys.push_back(one.key);
        std::sort(keys.begin(), keys.end());
        if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) text_.fail("a key appears twice");
    }

    List list(int depth) {
        check_depth(depth);
        List out;
        text_.expect('[');
        if (text_.accept(']')) return out;
        do out.push_back(value(depth + 1));
        while (text_.accept(','));
        text_.expect(']');
        return out;
    }

    Value number(std::string_view text) const {
        if (text.find_first_of(".eE") == std::string_view::npos) {
            std::int64_t whole = 0;
            if (std::from_chars(text.data(), text.data() + text.size(), whole).ec == std::errc()) return Value(whole);
            if (text.size() > most_digits) text_.fail("a whole number of too many digits");
            return Value(BigInteger{std::string(text)});
        }
        const double real = nearest(text);
        return std::isfinite(real) ? Value(real) : Value(std::string(text));
    }

    /// The tensor of nested lists of numbers; none, and the place as before, where these are something else.
    std::optional<Value> numbers() {
        const std::size_t begin = text_.at();
        auto out = std::make_shared<Tensor>();
        if (!add_numbers(*out, 0)) {
            text_.go_to(begin);
            return std::nullopt;
        }
        return Value(std::shared_ptr<const Tensor>(std::move(out)));
    }

    /// Adds the numbers of a list at this depth; false where it does not fit those before it, or holds anything else.
    bool add_numbers(Tensor& out, std::size_t depth) {
        if (depth >= max_dimensions) return false;
        const bool is_first = out.shape.size() == depth;
        if (is_first && !out.values.empty()) return false;
        if (is_first) out.shape.push_back(-1);
        text_.expect('[');
        std::int64_t n = 0;
        if (!text_.accept(']')) {
            do {
                if (!add_entry(out, depth)) return false;
                ++n;
            } while (text_.accept(','));
            text_.expect(']');
        }
        if (out.shape[depth] < 0) out.shape[depth] = n;
        return out.shape[depth] == n;
    }

    bool add_entry(Tensor& out, std::size_t depth) {
        const char c = text_.peek();
        if (c == '[') return add_numbers(out, depth + 1);
        if (depth + 1 != out.shape.size() || !(c == '-' || (c >= '0' && c <= '9')) || text_.accept_word("-I"))
            return false;
        out.values.push_back(nearest(text_.number()));
        return std::isfinite(out.values.back());
    }

    JsonScanner text_;
    const std::string& place_;
};

}  // namespace

Value json_document(std::string_view text, const std::string& place) { return Parser(text, place).document(); }

}  // namespace dpmd::importers
