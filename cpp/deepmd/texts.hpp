#pragma once
// Texts that are the host's once they are returned.
#include <string_view>

namespace dpmd::deepmd {

/// A copy that ends with a zero, made with new[]: old hosts free it with delete[], others with DP_DeleteChar. Null when
/// memory has run out.
const char* new_text(std::string_view text) noexcept;

}  // namespace dpmd::deepmd
