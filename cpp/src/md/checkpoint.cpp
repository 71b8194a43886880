#include "md/checkpoint.hpp"

#include <bit>
#include <charconv>
#include <span>

#include "core/checksum.hpp"
#include "core/text.hpp"
#include "io/json.hpp"
#include "io/number_text.hpp"
#include "io/safetensors.hpp"
#include "md/ensemble_json.hpp"

namespace dpmd::md {
namespace {

constexpr const char* format_name = "dpmd checkpoint";
constexpr std::int64_t format_version = 4;

std::string number(double value) {
    std::string out;
    append_number(out, value);
    return out;
}

std::string flags(const std::array<bool, 3>& values) {
    std::string out;
    for (const bool value : values) out += concat(out.empty() ? "[" : ",", value ? "true" : "false");
    return out + "]";
}

std::string files_to_json(const std::vector<FileMark>& files) {
    std::string out;
    for (const FileMark& file : files)
        out += concat(out.empty() ? "" : ",", "{\"name\":", json_quote(file.name), ",\"n_bytes\":", file.n_bytes,
                      ",\"checksum\":\"", file.checksum, "\"",
                      file.last_step ? concat(",\"last_step\":", *file.last_step) : "", "}");
    return concat("[", out, "]");
}

std::string document(const Checkpoint& c) {
    std::string names;
    for (const std::string& name : c.type_map) names += concat(names.empty() ? "" : ",", json_quote(name));
    return concat("{\"format_version\":", format_version, ",\"type_map\":[", names,
                  "],\"model_file\":", json_quote(c.model_file), ",\"model_sha256\":", json_quote(c.model_sha256),
                  ",\"model_form\":", json_quote(c.model_form), ",\"ensemble\":", to_json(c.options.ensemble),
                  ",\"timestep\":", number(c.options.timestep), ",\"skin\":", number(c.options.skin), ",\"seed\":\"",
                  c.options.seed, "\",\"zero_momentum\":", c.options.zero_momentum ? "true" : "false",
                  ",\"run_id\":", c.options.run_id, ",\"files\":", files_to_json(c.files), ",\"step\":", c.step,
                  ",\"energy\":", number(c.energy), ",\"pbc\":", flags(c.box.periodic), ",\"n_atoms\":", c.types.size(),
                  ",\"n_memory\":", c.ensemble_memory.size(), ",\"n_fparam\":", c.fparam.size(),
                  ",\"n_aparam\":", c.aparam.size(), ",\"n_fixed\":", c.fixed.size(), "}");
}

/// The lengths of arrays, as far as nothing else determines them.
struct Counts {
    std::int64_t atoms, memory, fparam, aparam, fixed;
};

/// Calls visit(name, values, shape) for each array, in the order of the checksum. Reading and writing share this list.
template <class C, class F>
void for_each_array(C& c, const Counts& n, F&& visit) {
    const auto n_types = static_cast<std::int64_t>(c.type_map.size());
    visit("types", c.types, {n.atoms});
    visit("masses", c.masses, {n_types});
    visit("fixed", c.fixed, {n.fixed});
    visit("positions", c.positions, {n.atoms, 3});
    visit("velocities", c.velocities, {n.atoms, 3});
    visit("cell", c.box.cell, {3, 3});
    visit("list.positions", c.list_positions, {n.atoms, 3});
    visit("list.cell", c.list_box.cell, {3, 3});
    visit("ensemble.memory", c.ensemble_memory, {n.memory});
    visit("fparam", c.fparam, {n.fparam});
    visit("aparam", c.aparam, {n.aparam});
}

using Shape = std::vector<std::int64_t>;

struct ArrayWriter {
    SafetensorsWriter& file;
    Checksum& checksum;

    template <class A>
    void operator()(const char* name, const A& values, const Shape& shape) const {
        const std::span view(values);
        file.add(name, view, shape);
        checksum.add(std::as_bytes(view));
    }
};

struct ArrayReader {
    const SafetensorsFile& file;
    Checksum& checksum;

    void operator()(const char* name, std::vector<std::int64_t>& values, const Shape& shape) const {
        values = file.integers(name, shape);
        checksum.add(std::as_bytes(std::span(values)));
    }
    void operator()(const char* name, std::vector<double>& values, const Shape& shape) const {
        values = file.doubles(name, shape);
        checksum.add(std::as_bytes(std::span(values)));
    }
    void operator()(const char* name, std::array<double, 9>& values, const Shape& shape) const {
        const std::vector<double> read = file.doubles(name, shape);
        std::copy(read.begin(), read.end(), values.begin());
        checksum.add(std::as_bytes(std::span(values)));
    }
};

/// Reads a number that is stored as text, since JSON's numbers have 53 bits.
std::uint64_t parse_64_bits(const Json& json) {
    const std::string& text = json.as_string();
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        throw InputError(concat(json.path(), " = '", text, "' is not a 64-bit number"));
    return value;
}

std::vector<FileMark> parse_files(const Json& json) {
    std::vector<FileMark> files;
    for (const Json& file : json.as_list()) {
        FileMark& mark = files.emplace_back();
        mark.name = file.at("name").as_string();
        const std::int64_t n_bytes = file.at("n_bytes").as_integer();
        if (n_bytes < 0) throw InputError(concat(json.path(), " n_bytes = ", n_bytes, " must be zero or more"));
        mark.n_bytes = static_cast<std::uint64_t>(n_bytes);
        mark.checksum = parse_64_bits(file.at("checksum"));
        if (!file.get("last_step").is_null()) mark.last_step = file.at("last_step").as_integer();
    }
    return files;
}

Checkpoint parse_document(const Json& json) {
    const std::int64_t version = json.at("format_version").as_integer();
    if (version != format_version)
        throw InputError(concat(json.path(), " format_version is ", version, "; this dpmd reads ", format_version,
                                ": go on with the dpmd that wrote it"));
    Checkpoint c;
    for (const Json& name : json.at("type_map").as_list()) c.type_map.push_back(name.as_string());
    c.model_file = json.at("model_file").as_string();
    c.model_sha256 = json.at("model_sha256").as_string();
    c.model_form = json.at("model_form").as_string();
    c.options.ensemble = ensemble_from_json(json.at("ensemble"));
    c.options.timestep = json.at("timestep").as_number();
    c.options.skin = json.at("skin").as_number();
    c.options.seed = parse_64_bits(json.at("seed"));
    c.options.zero_momentum = json.at("zero_momentum").as_bool();
    c.options.run_id = json.at("run_id").as_integer();
    c.files = parse_files(json.at("files"));
    c.step = json.at("step").as_integer();
    c.energy = json.at("energy").as_number();
    const Json::List& pbc = json.at("pbc").as_list();
    if (pbc.size() != 3) throw InputError(concat(json.path(), " pbc must have three flags"));
    for (std::size_t k = 0; k < 3; ++k) c.box.periodic[k] = c.list_box.periodic[k] = pbc[k].as_bool();
    return c;
}

}  // namespace

void write_checkpoint(const Checkpoint& c, const std::string& path) {
    SafetensorsWriter file;
    Checksum checksum;
    const std::string text = document(c);
    checksum.add(std::as_bytes(std::span(text)));
    const auto size = [](const auto& values) { return static_cast<std::int64_t>(values.size()); };
    for_each_array(c, {size(c.types), size(c.ensemble_memory), size(c.fparam), size(c.aparam), size(c.fixed)},
                   ArrayWriter{file, checksum});
    file.metadata("format", format_name);
    file.metadata("checkpoint", text);
    file.metadata("checksum", std::to_string(checksum.value()));
    file.write(path);
}

Checkpoint read_checkpoint(const std::string& path) {
    const SafetensorsFile file(path);
    if (file.metadata("format") != format_name)
        throw InputError(concat(path, ": is not a checkpoint but '", file.metadata("format"), "'"));
    const std::string& text = file.metadata("checkpoint");
    const Json json = Json::parse(text, path);
    Checkpoint c = parse_document(json);
    Checksum checksum;
    checksum.add(std::as_bytes(std::span(text)));
    const auto count = [&](const char* key) { return json.at(key).as_integer(); };
    for_each_array(c, {count("n_atoms"), count("n_memory"), count("n_fparam"), count("n_aparam"), count("n_fixed")},
                   ArrayReader{file, checksum});
    if (std::to_string(checksum.value()) != file.metadata("checksum"))
        throw InputError(concat(path, ": the content does not match its checksum; the file is damaged"));
    return c;
}

}  // namespace dpmd::md
