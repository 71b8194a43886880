#include "engine/describe_fault.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "math/fixed_point.hpp"

namespace dpmd {
namespace {

const char* too_many_remedy =
    "; retrain with a larger sel, or choose overflow = 'keep_nearest' to ignore the farthest as DeePMD-kit does";

/// What the model says of the neighbours of a type, or of all types together: "... within ..., but ...".
std::string seen_too_many(const ModelData& model, const EvaluateStatus& status) {
    const LocalModel& local = model.local();
    const int place = status.descriptor - local.n_descriptors();
    const double cutoff = place < 0 ? environment_of(descriptor_at(local, status.descriptor)).cutoff
                                    : local.pair_terms[std::size_t(place)].cutoff;
    if (status.type < 0) {
        const int n_slots = place < 0 ? environment_of(descriptor_at(local, status.descriptor)).n_slots()
                                      : local.pair_terms[std::size_t(place)].n_slots;
        return concat(" neighbours within ", cutoff, " Å, but the model's sel is ", n_slots);
    }
    const int sel = place < 0 ? environment_of(descriptor_at(local, status.descriptor)).sel_of(status.type)
                              : local.pair_terms[std::size_t(place)].sel[std::size_t(status.type)];
    return concat(" neighbours of type ", status.type, " (", model.type_map[std::size_t(status.type)], ") within ",
                  cutoff, " Å, but the model's sel for that type is ", sel);
}

/// What `atom`, a name and a type, lacks if its energy is not a number: the neighbours that span its local frame. Empty
/// where the model has no such frames.
std::string missing_axes(const ModelData& model, std::size_t center_type, const std::string& atom) {
    for (const NetTerm& term : model.local().terms)
        for (const Descriptor& descriptor : term.descriptors) {
            const auto* frame = std::get_if<LocalFrame>(&descriptor);
            if (frame == nullptr) continue;
            const auto words = [&](const LocalFrame::Axis& axis) {
                return concat("number ", axis.place + 1, " of type ", model.type_map[std::size_t(axis.neighbor_type)]);
            };
            const LocalFrame::Axes& axes = frame->axes[center_type];
            return concat(atom, " has no local frame: its neighbours ", words(axes.first), " and ", words(axes.second),
                          " by distance within ", frame->environment.cutoff,
                          " Å are to span it, and are missing or on a line with it");
        }
    return "";
}

}  // namespace

std::string describe_fault(const ModelData& model, const EvaluateStatus& status, std::int32_t center_type,
                           const std::function<std::int64_t(std::int32_t)>& name) {
    const std::int64_t atom = name(status.atom);
    const std::string& center = model.type_map[std::size_t(center_type)];
    switch (status.fault) {
        case EvaluateFault::too_many_neighbors:
            return concat("atom ", atom, " (", center, ") has ", status.count, seen_too_many(model, status),
                          too_many_remedy);
        case EvaluateFault::coincident_atoms:
            return concat("atoms ", atom, " and ", name(status.neighbor),
                          " (or their periodic images) are at the same place; move or remove one");
        case EvaluateFault::force_too_large:
            return concat("the force between atoms ", atom, " and ", name(status.neighbor), " at ", status.value,
                          " Å is not a finite number below ", fixed_pair_limit / std::max(1.0, status.value),
                          " eV/Å; the atoms are too close for this model, or the simulation has blown up");
        case EvaluateFault::energy_not_finite:
            if (std::isnan(status.value)) {
                std::string without_frame =
                    missing_axes(model, std::size_t(center_type), concat("atom ", atom, " (", center, ")"));
                if (!without_frame.empty()) return without_frame;
            }
            return concat("the energy of atom ", atom, " (", center, ") is ", status.value,
                          " eV; the structure is outside anything this model can describe");
        case EvaluateFault::nearer_than_table:
            return concat("atoms ", atom, " and ", name(status.neighbor), " are ", status.value,
                          " Å apart, nearer than the model's pair table begins; the structure is outside anything this "
                          "model can describe, or the simulation has blown up");
        case EvaluateFault::none: break;
    }
    throw InternalError("an evaluation failed without saying why");
}

}  // namespace dpmd
