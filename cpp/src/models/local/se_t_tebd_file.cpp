#include "models/document.hpp"
#include "models/local/environment_file.hpp"
#include "models/local/se_t_tebd.hpp"

namespace dpmd {

void read(const Entry& entry, int n_types, SeTTebd& out) {
    out.environment = read_environment(entry.at("environment"), n_types, 4);
    read(entry, n_types, static_cast<TypedNetwork&>(out));
    out.smooth = entry.at("smooth").flag();
    out.output_type_embedding = entry.at("output_type_embedding").flag();
}

void write(NewObject& out, const SeTTebd& descriptor) {
    write(out.at("environment"), descriptor.environment);
    write(out, static_cast<const TypedNetwork&>(descriptor));
    out.at("smooth").flag(descriptor.smooth);
    out.at("output_type_embedding").flag(descriptor.output_type_embedding);
}

}  // namespace dpmd
