#pragma once
// Names of nodes, which say what a constant is for, taken apart piece by piece.
#include <string>
#include <string_view>

namespace dpmd::importers {

/// What is left of a name. Each function takes a piece off its front, if it is there, and says whether it was.
class NameReader {
public:
    explicit NameReader(std::string_view name) : rest_(name) {}

    bool at_end() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }

    bool text(std::string_view piece) {
        if (!rest_.starts_with(piece)) return false;
        rest_.remove_prefix(piece.size());
        return true;
    }
    /// Digits; empty where there are none.
    std::string_view digits() {
        std::size_t n = 0;
        while (n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9') ++n;
        const std::string_view out = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return out;
    }
    bool underscore_number() { return text("_") && !digits().empty(); }
    /// The rest of a name that TensorFlow numbers where there are several: nothing, or "_1".
    bool ends_numbered() { return at_end() || (underscore_number() && at_end()); }

private:
    std::string_view rest_;
};

/// Whether a name is `last`, alone or behind a scope.
inline bool is_in_any_scope(std::string_view name, std::string_view last) {
    return name.ends_with(last) && (name.size() == last.size() || name[name.size() - last.size() - 1] == '/');
}

/// The scope of a node: all of its name before the last slash.
inline std::string_view scope_of(std::string_view name) {
    const std::size_t slash = name.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

/// Digits as a number; one beyond `most` for whatever is larger.
inline int small_number(std::string_view digits, int most) {
    int out = 0;
    for (const char c : digits) out = out > most ? out : 10 * out + (c - '0');
    return out > most ? most + 1 : out;
}

}  // namespace dpmd::importers
