#include "texts.hpp"

#include <algorithm>
#include <new>

#include "deepmd/c_api.h"

namespace dpmd::deepmd {

const char* new_text(std::string_view text) noexcept {
    char* copy = new (std::nothrow) char[text.size() + 1];
    if (copy != nullptr) *std::copy(text.begin(), text.end(), copy) = '\0';
    return copy;
}

}  // namespace dpmd::deepmd

void DP_DeleteChar(const char* text) noexcept { delete[] text; }
