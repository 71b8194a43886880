#include "models/local/local_model_file.hpp"

#include "models/local/descriptors_file.hpp"
#include "models/local/fitting_file.hpp"

namespace dpmd {
namespace {

NetTerm read_term(const Entry& entry, int n_types) {
    const Entry kind = entry.at("kind");
    if (kind.text() != "net") kind.cannot_run("term", kind.text(), "net");
    NetTerm out;
    const Entry descriptors = entry.at("descriptors");
    for (const Entry& one : descriptors.list()) out.descriptors.push_back(read_descriptor(one, n_types));
    descriptors.require(!out.descriptors.empty(), " is empty: there are no features");
    out.fitting = read_fitting(entry.at("fitting"), n_types, out.n_features());
    return out;
}

}  // namespace

LocalModel read_local_model(const Entry& entry, int n_types) {
    LocalModel out;
    const Entry terms = entry.at("terms");
    for (const Entry& term : terms.list()) out.terms.push_back(read_term(term, n_types));
    terms.require(!out.terms.empty(), " is empty: there is no energy");
    const Entry blend = entry.at("blend").at("kind");
    if (blend.text() != "sum") blend.cannot_run("blend", blend.text(), "sum");
    out.pair_exclude_types = entry.at("pair_exclude_types").type_pairs(n_types);
    for (const Entry& type : entry.at("atom_exclude_types").list())
        out.atom_exclude_types.push_back(type.integer(0, n_types - 1));
    return out;
}

}  // namespace dpmd
