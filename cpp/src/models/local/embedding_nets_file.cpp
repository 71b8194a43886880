#include "models/local/embedding_nets_file.hpp"

#include "models/nets/nets_file.hpp"

namespace dpmd {

EmbeddingNets read_embedding_nets(const Entry& entry, int n_types) {
    const auto n = std::size_t(n_types);
    EmbeddingNets out;
    out.type_one_side = entry.at("type_one_side").flag();
    const Entry networks = entry.at("networks");
    int n_channels = 0;
    for (const Entry& row :
         networks.list(out.type_one_side ? 1 : n, out.type_one_side ? "row of all centre types" : "centre types")) {
        auto& nets = out.nets.emplace_back();
        for (const Entry& one : row.list(n, "neighbour types")) {
            auto& net = nets.emplace_back();
            if (one.is_null()) continue;
            net = read_layers_or_table(one);
            one.require(n_channels == 0 || net->n_out() == n_channels, " has ", net->n_out(), " outputs, others have ",
                        n_channels);
            n_channels = net->n_out();
        }
    }
    networks.require(n_channels > 0, " are all null: the descriptor has no embedding net");
    return out;
}

void write(const NewEntry& entry, const EmbeddingNets& embedding) {
    NewObject out = entry.object();
    out.at("type_one_side").flag(embedding.type_one_side);
    NewList rows = out.at("networks").list();
    for (const auto& row : embedding.nets) {
        NewList nets = rows.next().list();
        for (const std::optional<Network>& net : row) write(nets.next(), net);
    }
}

}  // namespace dpmd
