#pragma once
// Mutations of JSON texts that keep them JSON, so that what is made of them is reached.
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "io/json_scanner.hpp"
#include "support/random_numbers.hpp"

namespace dpmd::fuzz {

using testing::Random;

/// The place of a value in a text.
struct Place {
    std::size_t begin, end;
};

/// The places of all values of a document.
class Values {
public:
    explicit Values(std::string_view text) : text_(text, "fuzz", "no JSON") { value(0); }
    std::vector<Place> places;

private:
    void value(int depth) {
        if (depth > 64) text_.fail("too deep");
        const char c = text_.peek();
        const std::size_t k = places.size();
        places.push_back({text_.at(), 0});
        if (c == '{' || c == '[') members(c, depth);
        else if (c == '"') text_.string();
        else if (!text_.accept_word("true") && !text_.accept_word("false") && !text_.accept_word("null"))
            text_.number();
        places[k].end = text_.at();
    }
    void members(char opening, int depth) {
        const char closing = opening == '{' ? '}' : ']';
        text_.expect(opening);
        if (text_.accept(closing)) return;
        do {
            if (opening == '{') {
                text_.string();
                text_.expect(':');
            }
            value(depth + 1);
        } while (text_.accept(','));
        text_.expect(closing);
    }

    JsonScanner text_;
};

inline constexpr const char* odd_values[] = {"null",
                                             "true",
                                             "0",
                                             "-1",
                                             "1",
                                             "2",
                                             "3",
                                             "513",
                                             "2147483647",
                                             "2147483648",
                                             "-0.0",
                                             "0.5",
                                             "1e300",
                                             "1e-300",
                                             "1e999",
                                             "\"\"",
                                             "\"1e-5\"",
                                             "\"nan\"",
                                             "[]",
                                             "[[]]",
                                             "{}",
                                             "[0, 0]",
                                             "[1, [2]]",
                                             "[[0, 1], [1, 1]]",
                                             "18446744073709551616",
                                             "{\"@class\": \"np.ndarray\", \"value\": []}",
                                             "[1, 2, 3, 4, 5, 6]",
                                             "\"graph\"",
                                             "\"se_atten_v2\"",
                                             "\"dpa1\"",
                                             "\"se_e3\"",
                                             "\"hybrid\"",
                                             "\"strip\"",
                                             "\"silut:x\"",
                                             "[null]"};

/// Puts something odd, or another value of the document, in place of a value.
inline void replace_a_value(std::string& text, Random& random) {
    const std::vector<Place> places = Values(text).places;
    const auto any = [&] { return places[std::size_t(random.below(int(places.size())))]; };
    const Place at = any(), other = any();
    const bool is_odd = random.below(3) > 0;
    const std::string value = is_odd ? odd_values[random.below(int(std::size(odd_values)))]
                                     : text.substr(other.begin, other.end - other.begin);
    text.replace(at.begin, at.end - at.begin, value);
}

}  // namespace dpmd::fuzz
