#include "settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace dpmd::lammps {
namespace {

using std::literals::operator""s;

[[noreturn]] void fail(const std::string& message) { throw std::invalid_argument("pair_style dpmd: " + message); }

template <class Number>
std::optional<Number> number_in(std::string_view word) {
    Number value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
    return value;
}

/// Reads the words one after the other.
class Reader {
public:
    explicit Reader(std::span<const char* const> words) : words_(words) {}

    bool at_end() const { return next_ == words_.size(); }
    std::string_view peek() const { return words_[next_]; }
    std::string take() { return words_[next_++]; }

    std::string text(const std::string& keyword) {
        if (at_end()) fail(keyword + " needs a value");
        return take();
    }
    template <class Number>
    Number at_least(Number least, const std::string& keyword) {
        const std::string word = text(keyword);
        const auto value = number_in<Number>(word);
        if (!value || !(*value >= least)) fail(keyword + " " + word + ": must be a number, 0 or more");
        return *value;
    }
    /// All numbers that follow.
    std::vector<double> numbers(const std::string& keyword) {
        std::vector<double> out;
        while (!at_end()) {
            const auto value = number_in<double>(peek());
            if (!value) break;
            out.push_back(*value);
            ++next_;
        }
        if (out.empty()) fail(keyword + " needs numbers");
        return out;
    }

private:
    std::span<const char* const> words_;
    std::size_t next_ = 0;
};

struct Keyword {
    const char* name;
    std::function<void(Settings&, Reader&)> read;
};

const std::array<Keyword, 16>& keywords() {
    static const std::array<Keyword, 16> all{{
        {"precision", [](Settings& s, Reader& r) { s.precision = r.text("precision"); }},
        {"compress", [](Settings& s, Reader& r) { s.compress = r.text("compress"); }},
        {"tolerance", [](Settings& s, Reader& r) { s.tolerance = r.at_least(0.0, "tolerance"); }},
        {"overflow", [](Settings& s, Reader& r) { s.overflow = r.text("overflow"); }},
        {"device", [](Settings& s, Reader& r) { s.device = r.text("device"); }},
        {"threads", [](Settings& s, Reader& r) { s.threads = r.at_least(0, "threads"); }},
        {"out_freq", [](Settings& s, Reader& r) { s.out_freq = r.at_least(0, "out_freq"); }},
        {"out_file", [](Settings& s, Reader& r) { s.out_file = r.text("out_file"); }},
        {"fparam", [](Settings& s, Reader& r) { s.fparam = r.numbers("fparam"); }},
        {"aparam", [](Settings& s, Reader& r) { s.aparam = r.numbers("aparam"); }},
        {"fparam_from_compute", [](Settings& s, Reader& r) { s.fparam_from_compute = r.text("fparam_from_compute"); }},
        {"fparam_from_fix", [](Settings& s, Reader& r) { s.fparam_from_fix = r.text("fparam_from_fix"); }},
        {"aparam_from_compute", [](Settings& s, Reader& r) { s.aparam_from_compute = r.text("aparam_from_compute"); }},
        {"atomic", [](Settings& s, Reader&) { s.atomic = true; }},
        {"relative", [](Settings& s, Reader& r) { s.relative = r.at_least(0.0, "relative"); }},
        {"relative_v", [](Settings& s, Reader& r) { s.relative_v = r.at_least(0.0, "relative_v"); }},
    }};
    return all;
}

const Keyword* find_keyword(std::string_view word) {
    const auto& all = keywords();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Keyword& k) { return word == k.name; });
    return found != all.end() ? &*found : nullptr;
}

/// Why dpmd does not have this keyword of DeePMD-kit's pair styles; null: the word is not one.
const char* why_refused(std::string_view keyword) {
    if (keyword == "virtual_len" || keyword == "spin_norm" || keyword == "charge_spin")
        return "it is for models that take spins or charges, which dpmd does not run";
    if (keyword == "ttm")
        return "the electronic temperatures of fix ttm cannot be reached from a plug-in (DeePMD-kit's wheel finds none "
               "either); a compute of yours can give them: aparam_from_compute";
    return nullptr;
}

std::string list_of_keywords() {
    std::string out;
    for (const Keyword& keyword : keywords()) out += (out.empty() ? "" : ", ") + std::string(keyword.name);
    return out;
}

[[noreturn]] void fail_unknown(const std::string& word, const std::string& complaint) {
    if (const char* why = why_refused(word)) fail(word + ": " + why);
    fail(complaint + "; keywords are " + list_of_keywords());
}

void check_model(const std::string& word) {
    const std::filesystem::path path = word;
    constexpr std::array suffixes{".dpmd", ".pb", ".pth", ".pt", ".pt2", ".pte", ".dp", ".hlo", ".yaml", ".yml"};
    const bool is_named_as_one = std::find(suffixes.begin(), suffixes.end(), path.extension()) != suffixes.end();
    std::error_code ignored;
    if (!is_named_as_one && !std::filesystem::exists(path, ignored))
        fail_unknown(word, word + " is neither a model nor a keyword");
}

void check_sources(const Settings& s) {
    if (!s.fparam.empty() + !s.fparam_from_compute.empty() + !s.fparam_from_fix.empty() > 1)
        fail("fparam, fparam_from_compute, fparam_from_fix: only one of them can say what the frame parameters are");
    if (!s.aparam.empty() && !s.aparam_from_compute.empty())
        fail("aparam, aparam_from_compute: only one of them can say what the atomic parameters are");
}

}  // namespace

Settings parse_settings(std::span<const char* const> words) {
    Settings out;
    Reader reader(words);
    while (!reader.at_end() && find_keyword(reader.peek()) == nullptr) {
        out.models.push_back(reader.take());
        check_model(out.models.back());
    }
    if (out.models.empty()) fail("needs a model: pair_style dpmd MODEL"s);
    while (!reader.at_end()) {
        const std::string word = reader.take();
        const Keyword* keyword = find_keyword(word);
        if (keyword == nullptr) fail_unknown(word, "unknown keyword '" + word + "'");
        keyword->read(out, reader);
    }
    check_sources(out);
    return out;
}

}  // namespace dpmd::lammps
