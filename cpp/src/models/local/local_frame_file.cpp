#include "models/document.hpp"
#include "models/local/local_frame.hpp"
#include "models/new_document.hpp"

namespace dpmd {
namespace {

std::vector<int> read_slots(const Entry& entry, int n_types) {
    std::vector<int> out;
    for (const Entry& one : entry.list(std::size_t(n_types), "types")) out.push_back(one.integer(0, most_neighbors));
    return out;
}

/// What is seen: all neighbours inside the cutoff that have slots, without a switch.
Environment environment_of_slots(double cutoff, const LocalFrame& frame) {
    Environment out;
    out.cutoff = cutoff;
    out.n_components = 1;
    for (std::size_t t = 0; t < frame.sel_full.size(); ++t) out.sel.push_back(frame.sel_full[t] + frame.sel_radial[t]);
    out.normalization = 1;
    out.shift.assign(frame.sel_full.size(), 0.0);
    out.scale.assign(frame.sel_full.size(), 1.0);
    return out;
}

LocalFrame::Axis read_axis(const Entry& entry, const LocalFrame& frame) {
    LocalFrame::Axis out;
    out.neighbor_type = entry.at("neighbor_type").integer(0, frame.n_types() - 1);
    const Entry place = entry.at("place");
    out.place = place.integer(0, most_neighbors);
    const int n_slots = frame.environment.sel_of(out.neighbor_type);
    place.require(out.place < n_slots, " = ", out.place, ", but neighbours of type ", out.neighbor_type, " have ",
                  n_slots, " slots");
    return out;
}

LocalFrame::Axes read_axes(const Entry& entry, const LocalFrame& frame) {
    const std::vector<Entry> both = entry.list(2, "axes");
    const LocalFrame::Axes out{read_axis(both[0], frame), read_axis(both[1], frame)};
    entry.require(out.first.neighbor_type != out.second.neighbor_type || out.first.place != out.second.place,
                  ": both axes are the same neighbour, which spans no frame");
    return out;
}

void write(const NewEntry& entry, const LocalFrame::Axis& axis) {
    NewObject out = entry.object();
    out.at("neighbor_type").integer(axis.neighbor_type);
    out.at("place").integer(axis.place);
}

}  // namespace

void read(const Entry& entry, int n_types, LocalFrame& out) {
    const Entry cutoff = entry.at("cutoff");
    cutoff.require(cutoff.number() > 0, " = ", cutoff.number(), " is not positive");
    out.sel_full = read_slots(entry.at("sel_full"), n_types);
    out.sel_radial = read_slots(entry.at("sel_radial"), n_types);
    out.environment = environment_of_slots(cutoff.number(), out);
    const int n_features = out.n_features();
    entry.require(0 < n_features && n_features <= max_layer_width, ": sel_full and sel_radial make ", n_features,
                  " features, expected 1 to ", max_layer_width);
    for (const Entry& one : entry.at("axes").list(std::size_t(n_types), "types"))
        out.axes.push_back(read_axes(one, out));
    const std::vector<std::int64_t> shape{n_types, n_features};
    const Entry scale = entry.at("scale");
    out.shift = entry.at("shift").tensor(shape);
    out.scale = scale.tensor(shape);
    for (const double value : out.scale)
        scale.require(value >= 1 / largest_number, " holds ", value, "; it must be positive, and at least ",
                      1 / largest_number);
}

void write(NewObject& out, const LocalFrame& descriptor) {
    const std::vector<std::int64_t> shape{descriptor.n_types(), descriptor.n_features()};
    out.at("cutoff").number(descriptor.environment.cutoff);
    out.at("sel_full").integers(descriptor.sel_full);
    out.at("sel_radial").integers(descriptor.sel_radial);
    {
        NewList axes = out.at("axes").list();
        for (const LocalFrame::Axes& both : descriptor.axes) {
            NewList pair = axes.next().list();
            write(pair.next(), both.first);
            write(pair.next(), both.second);
        }
    }
    out.at("shift").tensor(descriptor.shift, shape);
    out.at("scale").tensor(descriptor.scale, shape);
}

}  // namespace dpmd
