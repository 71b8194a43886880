#pragma once
// Whether bytes are text.
#include <string_view>

namespace dpmd::importers {

/// Whether these bytes are UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view bytes);

}  // namespace dpmd::importers
