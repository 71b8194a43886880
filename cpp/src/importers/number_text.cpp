#include "importers/number_text.hpp"

#include <charconv>
#include <limits>
#include <string>
#include <system_error>

namespace dpmd::importers {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Whether an exponent is so that a number beyond the range of float64 is too large, and not too small.
bool is_large(std::string_view text) {
    const std::size_t mark = text.find_first_of("eE");
    if (mark != std::string_view::npos) return text.substr(mark + 1, 1) != "-";
    return !text.starts_with("0.");
}

/// Digits may have single underscores between them; charconv wants none.
std::optional<std::string> without_underscores(std::string_view text) {
    const auto is_digit = [&](std::size_t k) { return k < text.size() && text[k] >= '0' && text[k] <= '9'; };
    std::string out;
    for (std::size_t k = 0; k < text.size(); ++k) {
        if (text[k] != '_') out += text[k];
        else if (k == 0 || !is_digit(k - 1) || !is_digit(k + 1)) return std::nullopt;
    }
    return out;
}

}  // namespace

std::optional<double> number_of_text(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) text.remove_prefix(1);
    const std::optional<std::string> digits = without_underscores(text);
    if (!digits || digits->empty() || digits->front() == '-') return std::nullopt;
    double value = 0;
    const char* end = digits->data() + digits->size();
    const auto [rest, error] = std::from_chars(digits->data(), end, value);
    if (error == std::errc::result_out_of_range && rest == end)
        value = is_large(*digits) ? std::numeric_limits<double>::infinity() : 0.0;
    else if (error != std::errc() || rest != end || digits->find('(') != std::string::npos) return std::nullopt;
    return is_negative ? -value : value;
}

}  // namespace dpmd::importers
