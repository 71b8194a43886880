#pragma once
// The words of JSON (RFC 8259): what every reader of it scans a text for.
#include <cstddef>
#include <string>
#include <string_view>

namespace dpmd {

/// A place in a JSON text. It refers to the text and its name. Whatever is not as expected there is an InputError.
class JsonScanner {
public:
    /// Messages are "name: complaint at byte 17: what is wrong there".
    JsonScanner(std::string_view text, std::string_view name, const char* complaint, std::size_t at = 0)
        : text_(text), name_(name), complaint_(complaint), at_(at) {}

    std::size_t at() const { return at_; }
    void go_to(std::size_t at) { at_ = at; }

    /// The next character that is no space, which must exist.
    char peek();
    bool accept(char c);
    void expect(char c);
    bool accept_word(std::string_view word);
    /// Passes over a number; its text.
    std::string_view number();
    /// Passes over a string; what it means.
    std::string string();
    void expect_end();

    [[noreturn]] void fail(const std::string& what) const;

private:
    void skip_space();
    bool at_digit() const { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; }
    void skip_digits();
    bool accept_one_of(std::string_view characters);
    void append_escaped(std::string& out);
    unsigned code_unit();
    std::size_t character_length() const;

    std::string_view text_, name_;
    const char* complaint_;
    std::size_t at_;
};

}  // namespace dpmd
