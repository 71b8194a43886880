#include "models/local/local_model_file.hpp"

#include "models/local/descriptors_file.hpp"
#include "models/local/exclusions_file.hpp"
#include "models/local/fitting_file.hpp"
#include "models/local/pair_table_file.hpp"

namespace dpmd {
namespace {

constexpr const char *net_kind = "net", *sum_kind = "sum";

NetTerm read_net_term(const Entry& entry, int n_types) {
    NetTerm out;
    const Entry descriptors = entry.at("descriptors");
    for (const Entry& one : descriptors.list()) out.descriptors.push_back(read_descriptor(one, n_types));
    descriptors.require(!out.descriptors.empty(), " is empty: there are no features");
    out.fitting = read_fitting(entry.at("fitting"), n_types, out.n_features());
    read_exclusions(entry, n_types, out);
    return out;
}

void read_term(const Entry& entry, int n_types, LocalModel& out) {
    const Entry kind = entry.at("kind");
    if (kind.text() == net_kind) out.terms.push_back(read_net_term(entry, n_types));
    else if (kind.text() == PairTable::kind) out.pair_terms.push_back(read_pair_table(entry, n_types));
    else kind.cannot_run("term", kind.text(), concat(net_kind, ", ", PairTable::kind));
}

void write(const NewEntry& entry, const NetTerm& term) {
    NewObject out = entry.object();
    {
        NewList descriptors = out.at("descriptors").list();
        for (const Descriptor& one : term.descriptors) write(descriptors.next(), one);
    }
    write(out.at("fitting"), term.fitting);
    write_exclusions(out, term);
    out.at("kind").text(net_kind);
}

/// An evaluation has one set of parameters: each term takes all of it or nothing.
void check_parameters(const Entry& terms, const std::vector<NetTerm>& nets) {
    const Fitting *with_fparam = nullptr, *with_aparam = nullptr;
    for (const NetTerm& term : nets) {
        const Fitting& fitting = term.fitting;
        if (fitting.n_fparam > 0) {
            if (with_fparam == nullptr) with_fparam = &fitting;
            terms.require(fitting.n_fparam == with_fparam->n_fparam, ": one takes ", with_fparam->n_fparam,
                          " frame parameters and another ", fitting.n_fparam, "; all must take the same or none");
            terms.require(fitting.default_fparam == with_fparam->default_fparam,
                          " have different default frame parameters");
        }
        if (fitting.n_aparam > 0) {
            if (with_aparam == nullptr) with_aparam = &fitting;
            terms.require(fitting.n_aparam == with_aparam->n_aparam, ": one takes ", with_aparam->n_aparam,
                          " atomic parameters and another ", fitting.n_aparam, "; all must take the same or none");
        }
    }
}

void read_blend(const Entry& entry, LocalModel& out) {
    const Entry kind = entry.at("kind");
    if (kind.text() == sum_kind) return;
    if (kind.text() != Bridge::kind) kind.cannot_run("blend", kind.text(), concat(sum_kind, ", ", Bridge::kind));
    entry.require(!out.terms.empty() && out.pair_terms.size() == 1,
                  ": a bridge joins nets to one pair table; there are ", out.terms.size(), " terms with nets and ",
                  out.pair_terms.size(), " pair tables");
    out.bridge = read_bridge(entry);
}

}  // namespace

LocalModel read_local_model(const Entry& entry, int n_types) {
    LocalModel out;
    const Entry terms = entry.at("terms");
    for (const Entry& term : terms.list()) read_term(term, n_types, out);
    terms.require(!out.terms.empty() || !out.pair_terms.empty(), " is empty: there is no energy");
    check_parameters(terms, out.terms);
    read_blend(entry.at("blend"), out);
    return out;
}

void write_terms(const NewEntry& entry, const LocalModel& model) {
    NewList out = entry.list();
    for (const NetTerm& term : model.terms) write(out.next(), term);
    for (const PairTable& table : model.pair_terms) write(out.next(), table);
}

void write_blend(const NewEntry& entry, const LocalModel& model) {
    if (model.bridge) return write(entry, *model.bridge);
    NewObject out = entry.object();
    out.at("kind").text(sum_kind);
}

}  // namespace dpmd
