// JSON of any kind gives an InputError, or a document whose values can all be read and whose strings survive quoting.
#include <cstdlib>

#include "dpmd/errors.hpp"
#include "io/json.hpp"

namespace {

using dpmd::Json;

/// Asks a value for one type, which gives an InputError if it has another.
template <class F>
void ask(F&& question) {
    try {
        question();
    } catch (const dpmd::InputError&) {  // it has another type
    }
}

void visit(const Json& value) {
    ask([&] { (void)value.as_bool(); });
    ask([&] { (void)value.as_number(); });
    ask([&] { (void)value.as_integer(); });
    ask([&] {
        const std::string quoted = dpmd::json_quote(value.as_string());
        if (Json::parse(quoted, "quoted").as_string() != value.as_string()) std::abort();
    });
    ask([&] { (void)value.at("a"); });
    if (value.is_list())
        for (const Json& item : value.as_list()) visit(item);
    if (value.is_object())
        for (const auto& [key, item] : value.as_object()) visit(item);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ask([&] { visit(Json::parse({reinterpret_cast<const char*>(data), size}, "fuzz")); });
    return 0;
}
