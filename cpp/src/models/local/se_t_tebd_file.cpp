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

}  // namespace dpmd
