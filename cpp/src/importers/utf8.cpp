#include "importers/utf8.hpp"

#include <cstddef>

namespace dpmd::importers {

namespace {

/// What the first byte of a character says: how many bytes follow, and the range of the next one.
struct Lead {
    std::size_t more;
    unsigned char least = 0x80, most = 0xBF;
};

constexpr std::size_t no_lead = 4;

Lead lead_of(unsigned char c) {
    if (c < 0x80) return {0};
    if (c < 0xC2) return {no_lead};
    if (c < 0xE0) return {1};
    if (c == 0xE0) return {2, 0xA0};
    if (c == 0xED) return {2, 0x80, 0x9F};
    if (c < 0xF0) return {2};
    if (c == 0xF0) return {3, 0x90};
    if (c < 0xF4) return {3};
    if (c == 0xF4) return {3, 0x80, 0x8F};
    return {no_lead};
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const Lead lead = lead_of(static_cast<unsigned char>(bytes[at++]));
        if (lead.more > bytes.size() - at || lead.more == no_lead) return false;
        for (std::size_t k = 0; k < lead.more; ++k, ++at) {
            const auto c = static_cast<unsigned char>(bytes[at]);
            if (c < (k == 0 ? lead.least : 0x80) || c > (k == 0 ? lead.most : 0xBF)) return false;
        }
    }
    return true;
}

}  // namespace dpmd::importers
