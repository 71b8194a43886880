#pragma once
// Whether bytes are text.
#include <cstddef>
#include <string_view>

namespace dpmd {

/// The number of bytes of the UTF-8 character that `text` begins with (RFC 3629: no overlong forms, no surrogates); 0
/// where it begins with none.
std::size_t utf8_length(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace dpmd
