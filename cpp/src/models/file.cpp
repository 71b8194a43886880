#include "models/file.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/safetensors.hpp"
#include "math/packed_key.hpp"
#include "models/document.hpp"
#include "models/local/local_model_file.hpp"
#include "models/new_document.hpp"

namespace dpmd {
namespace {

constexpr std::int64_t format_version = 2;
constexpr const char* local_kind = "local";

void check_version(const Entry& entry) {
    const int version = entry.integer(0, 1 << 30);
    entry.require(version >= format_version, " = ", version, ": this version of dpmd reads ", format_version,
                  "; convert the model again from its source, with: dpmd convert");
    entry.require(version == format_version, " = ", version, ": this version of dpmd reads ", format_version,
                  "; a later one has written the file");
}

/// Reads the name of a type, which must fit into columns of trajectories and tables.
std::string read_type_name(const Entry& entry) {
    std::string name = entry.text();
    entry.require(!name.empty(), " is empty; a type has a name");
    for (const char c : name)
        entry.require(
            static_cast<unsigned char>(c) > ' ' && std::string_view("\x7f,\"\\").find(c) == std::string_view::npos,
            " holds the character ", int(static_cast<unsigned char>(c)),
            "; a name of a type has no blanks, commas, double quotes, backslashes and control characters");
    return name;
}

std::vector<std::string> read_type_map(const Entry& entry) {
    const std::vector<Entry> names = entry.list();
    entry.require(!names.empty() && std::int64_t(names.size()) <= key_max_types, " has ", names.size(),
                  " types; between 1 and ", key_max_types, " are possible");
    std::vector<std::string> out;
    for (const Entry& one : names) {
        const std::string name = read_type_name(one);
        one.require(std::find(out.begin(), out.end(), name) == out.end(), " = '", name, "' is there twice");
        out.push_back(name);
    }
    return out;
}

/// Checks where the model came from, which is information only.
void check_source(const Entry& entry) {
    for (const char* key : {"format", "file", "sha256", "version"}) entry.at(key).text();
}

void write(const NewEntry& entry, const Source& source) {
    NewObject out = entry.object();
    out.at("format").text(source.format);
    out.at("file").text(source.file);
    out.at("sha256").text(source.sha256);
    out.at("version").text(source.version);
}

ModelData read(const SafetensorsFile& file) {
    ModelDocument document(file);
    const Entry root = document.root();
    check_version(root.at("format_version"));
    ModelData model;
    model.type_map = read_type_map(root.at("type_map"));
    model.precision = root.at("precision").text();
    const Entry kind = root.at("kind");
    if (kind.text() != local_kind) kind.cannot_run("kind of model", kind.text(), local_kind);
    model.kind = read_local_model(root, model.n_types());
    if (const Entry distance = root.at("min_neighbor_distance"); !distance.is_null())
        model.min_neighbor_distance = distance.number();
    check_source(root.at("source"));
    root.at("training_script").accept();
    document.require_all_read();
    model.metadata = document.text();
    return model;
}

}  // namespace

ModelData read_model(const std::string& path) { return read(SafetensorsFile(path, max_model_bytes)); }

ModelData read_model(std::vector<std::byte> content, const std::string& name) {
    return read(SafetensorsFile(std::move(content), name));
}

std::vector<std::byte> model_file(const ModelData& model, const Source& source, std::string_view training_script) {
    DocumentWriter writer;
    {
        NewObject out = writer.root().object();
        out.at("format_version").integer(format_version);
        {
            NewList names = out.at("type_map").list();
            for (const std::string& name : model.type_map) names.next().text(name);
        }
        write_terms(out.at("terms"), model.local());
        out.at("kind").text(local_kind);
        out.at("precision").text(model.precision);
        write_blend(out.at("blend"), model.local());
        const NewEntry distance = out.at("min_neighbor_distance");
        if (model.min_neighbor_distance) distance.number(*model.min_neighbor_distance);
        else distance.null();
        write(out.at("source"), source);
        out.at("training_script").json(training_script);
    }
    return writer.content();
}

}  // namespace dpmd
