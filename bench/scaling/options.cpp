#include "options.hpp"

#include <charconv>
#include <functional>
#include <map>
#include <string_view>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::bench {
namespace {

template <class T>
T number(const std::string& name, std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value > 0))
        throw InputError(concat(name, " ", text, ": a positive number is needed"));
    return value;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    for (std::size_t comma = 0; comma != std::string_view::npos; text.remove_prefix(comma + 1)) {
        comma = text.find(',');
        out.emplace_back(text.substr(0, comma));
        if (comma == std::string_view::npos) break;
    }
    return out;
}

template <class T>
std::vector<T> numbers(const std::string& name, std::string_view text) {
    std::vector<T> out;
    for (const std::string& part : split(text)) out.push_back(number<T>(name, part));
    return out;
}

template <class T>
void set_default(std::vector<T>& values, std::vector<T> given) {
    if (values.empty()) values = std::move(given);
}

/// Sets options that take seconds, not minutes, but make every check.
void make_quick(Options& options) {
    options.md = options.transport = options.plan = true;
    options.steps = 8;
    options.steps_before = 2;
    options.turns = 1;
    set_default(options.atoms, {192});
    set_default(options.atoms_per_rank, {100, 1000});
}

}  // namespace

const char* const usage =
    "bench_scaling [--md] [--transport] [--plan] [--quick] [--out FILE.json]\n"
    "  what is measured: MD on ranks (the default), messages between ranks; or planned: shares, without arithmetic\n"
    "  --quick               everything at its smallest, with its checks\n"
    "  --ranks 1,2           threads that are ranks, or ranks of a plan (1,8,64,512,4096); not below mpiexec\n"
    "  --atoms 4096,32000    of the MD runs, about so many\n"
    "  --atoms-per-rank N    of exchanges (100,1000,10000,100000) and plans (1000)\n"
    "  --systems water,...   of plans: water, copper, crystal, slab, droplet\n"
    "  --form moment --precision mix32 --skin 1.0 --steps 20 --steps-before 5 --turns 5\n"
    "The model is the one named by DPMD_BENCH_MODEL, or the example's.\n";

Options parse_options(int argc, char** argv) {
    Options options;
    const std::map<std::string, bool*, std::less<>> switches{{"--md", &options.md},
                                                             {"--transport", &options.transport},
                                                             {"--plan", &options.plan},
                                                             {"--quick", &options.quick}};
    using Take = std::function<void(const std::string&, const std::string&)>;
    const std::map<std::string, Take, std::less<>> values{
        {"--ranks", [&](auto& name, auto& text) { options.ranks = numbers<int>(name, text); }},
        {"--atoms", [&](auto& name, auto& text) { options.atoms = numbers<std::int64_t>(name, text); }},
        {"--atoms-per-rank",
         [&](auto& name, auto& text) { options.atoms_per_rank = numbers<std::int64_t>(name, text); }},
        {"--systems", [&](auto&, auto& text) { options.systems = split(text); }},
        {"--form", [&](auto&, auto& text) { options.form = text; }},
        {"--precision", [&](auto&, auto& text) { options.precision = text; }},
        {"--skin", [&](auto& name, auto& text) { options.skin = number<double>(name, text); }},
        {"--steps", [&](auto& name, auto& text) { options.steps = number<int>(name, text); }},
        {"--steps-before", [&](auto& name, auto& text) { options.steps_before = number<int>(name, text); }},
        {"--turns", [&](auto& name, auto& text) { options.turns = number<int>(name, text); }},
        {"--out", [&](auto&, auto& text) { options.out = text; }}};
    for (int k = 1; k < argc; ++k) {
        const std::string name = argv[k];
        if (const auto found = switches.find(name); found != switches.end()) {
            *found->second = true;
        } else if (const auto taker = values.find(name); taker != values.end()) {
            if (k + 1 == argc) throw InputError(concat(name, " needs a value"));
            taker->second(name, argv[++k]);
        } else {
            throw InputError(concat("unknown argument ", name, "\n", usage));
        }
    }
    if (options.quick) make_quick(options);
    if (!options.md && !options.transport && !options.plan) options.md = true;
    set_default(options.atoms, {4096});
    return options;
}

}  // namespace dpmd::bench
