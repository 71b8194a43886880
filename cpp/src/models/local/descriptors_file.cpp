#include "models/local/descriptors_file.hpp"

#include "models/local/se_a_file.hpp"

namespace dpmd {
namespace {

struct Reader {
    const char* type;
    Descriptor (*read)(const Entry& entry, int n_types);
};

template <auto read>
Descriptor read_as(const Entry& entry, int n_types) {
    return read(entry, n_types);
}

constexpr Reader readers[] = {
    {SeA::name, read_as<read_se_a>},
};

}  // namespace

Descriptor read_descriptor(const Entry& entry, int n_types) {
    const std::string type = entry.at("type").text();
    std::string known;
    for (const Reader& reader : readers) {
        if (type == reader.type) return reader.read(entry, n_types);
        known += concat(known.empty() ? "" : ", ", reader.type);
    }
    entry.at("type").cannot_run("descriptor", type, known);
}

}  // namespace dpmd
