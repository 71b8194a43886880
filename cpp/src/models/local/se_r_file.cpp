#include "models/document.hpp"
#include "models/local/embedding_nets_file.hpp"
#include "models/local/environment_file.hpp"
#include "models/local/se_r.hpp"

namespace dpmd {

void read(const Entry& entry, int n_types, SeR& out) {
    out.environment = read_environment(entry.at("environment"), n_types, 1);
    out.embedding = read_embedding_nets(entry.at("embedding"), n_types);
}

void write(NewObject& out, const SeR& descriptor) {
    write(out.at("environment"), descriptor.environment);
    write(out.at("embedding"), descriptor.embedding);
}

}  // namespace dpmd
