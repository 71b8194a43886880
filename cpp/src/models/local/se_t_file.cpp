#include "models/document.hpp"
#include "models/local/environment_file.hpp"
#include "models/local/se_t.hpp"
#include "models/nets/nets_file.hpp"

namespace dpmd {
namespace {

constexpr std::int64_t most_slots = 1 << 20;

PairNets read_pair_nets(const Entry& entry, int n_types) {
    PairNets out;
    out.n_types = n_types;
    int n_channels = 0;
    const Entry networks = entry.at("networks");
    auto n_left = std::size_t(n_types);  // of the types from the row's on
    for (const Entry& row : networks.list(n_left, "types"))
        for (const Entry& one : row.list(n_left--, "types from this one on")) {
            auto& net = out.nets.emplace_back();
            if (one.is_null()) continue;
            net = read_layers_or_table(one);
            one.require(n_channels == 0 || net->n_out() == n_channels, " has ", net->n_out(), " outputs, others have ",
                        n_channels);
            n_channels = net->n_out();
        }
    networks.require(n_channels > 0, " are all null: the descriptor has no net");
    return out;
}

void write(const NewEntry& entry, const PairNets& embedding) {
    NewObject out = entry.object();
    NewList rows = out.at("networks").list();
    for (int a = 0; a < embedding.n_types; ++a) {
        NewList nets = rows.next().list();
        for (int b = a; b < embedding.n_types; ++b) write(nets.next(), embedding.at(a, b));
    }
}

}  // namespace

void read(const Entry& entry, int n_types, SeT& out) {
    out.environment = read_environment(entry.at("environment"), n_types, 4);
    out.embedding = read_pair_nets(entry.at("embedding"), n_types);
    const Entry normalization = entry.at("pair_normalization");
    for (const Entry& n : normalization.list(std::size_t(n_types), "types")) {
        out.pair_normalization.push_back(n.integer(0, most_slots));
        n.require(out.pair_normalization.back() > 0 || !out.embedding.has_any(int(out.pair_normalization.size()) - 1),
                  " = 0: sums over neighbours of this type are divided by it");
    }
}

void write(NewObject& out, const SeT& descriptor) {
    write(out.at("environment"), descriptor.environment);
    write(out.at("embedding"), descriptor.embedding);
    out.at("pair_normalization").integers(descriptor.pair_normalization);
}

}  // namespace dpmd
