#include "models/local/descriptors_file.hpp"

namespace dpmd {
namespace {

/// The descriptor of the type that the file names; `known` collects the names of those before it in the list.
template <std::size_t index>
Descriptor read_as(const Entry& entry, int n_types, const std::string& type, const std::string& known) {
    if constexpr (index < std::variant_size_v<Descriptor>) {
        using One = std::variant_alternative_t<index, Descriptor>;
        if (type != One::name)
            return read_as<index + 1>(entry, n_types, type, concat(known, known.empty() ? "" : ", ", One::name));
        One out;
        read(entry, n_types, out);
        return out;
    } else {
        entry.at("type").cannot_run("descriptor", type, known);
    }
}

}  // namespace

Descriptor read_descriptor(const Entry& entry, int n_types) {
    return read_as<0>(entry, n_types, entry.at("type").text(), "");
}

void write(const NewEntry& entry, const Descriptor& descriptor) {
    NewObject out = entry.object();
    std::visit(
        [&](const auto& one) {
            write(out, one);
            out.at("type").text(one.name);
        },
        descriptor);
}

}  // namespace dpmd
