#pragma once
// Instructions of pickles as text.
#include <cstdint>
#include <string>

#include "support/zip_files.hpp"

namespace dpmd::testing {

inline const std::string protocol("\x80\x02", 2);

/// A pickle that leaves what the instructions do.
inline std::string pickle(const std::string& instructions) { return protocol + instructions + "."; }

inline std::string pickled_text(const std::string& text) {
    return "X" + little_endian_bytes(std::uint32_t(text.size())) + text;
}
inline std::string pickled_number(std::int32_t value) { return "J" + little_endian_bytes(std::uint32_t(value)); }

inline std::string class_name(const std::string& module, const std::string& name) {
    return "c" + module + "\n" + name + "\n";
}

/// A storage of float64.
inline std::string pickled_storage(const std::string& key, std::int32_t n) {
    return "(" + pickled_text("storage") + class_name("torch", "DoubleStorage") + pickled_text(key) +
           pickled_text("cpu") + pickled_number(n) + "tQ";
}

}  // namespace dpmd::testing
