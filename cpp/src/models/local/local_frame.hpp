#pragma once
// loc_frame, the local frames of the first Deep Potential (Zhang et al., PRL 120, 143001, 2018): an atom's neighbours
// in the order of their distances, seen in a frame that two of them span. There is no embedding net: the normalised
// components are the features. docs/theory.md has the formulas.
#include <string>
#include <variant>
#include <vector>

#include "math/hd.hpp"
#include "models/local/environment.hpp"

namespace dpmd {

class Entry;
class NewObject;

struct LocalFrame {
    static constexpr const char* name = "loc_frame";
    using Compressed = std::monostate;  ///< there is none
    static constexpr int n_full = 4;    ///< components of a slot that shows all of them

    /// A neighbour that spans the frame: the one at this place among those of a type, by distance.
    struct Axis {
        int neighbor_type = 0, place = 0;
    };
    struct Axes {
        Axis first, second;
    };

    /// What a neighbour shows: so many components, and the place of the first among the features.
    struct Slot {
        int n_components = 0, first = 0;
    };
    /// The slots of a neighbour type, in the order of distances.
    struct Section {
        int n_full = 0, n_radial = 0;          ///< those with all components come first
        int first_full = 0, first_radial = 0;  ///< places among the features

        DPMD_HD int n_slots() const { return n_full + n_radial; }
        DPMD_HD Slot slot(int k) const {
            if (k < n_full) return {LocalFrame::n_full, first_full + LocalFrame::n_full * k};
            return {1, first_radial + k - n_full};
        }
    };

    Environment environment;           ///< sel is sel_full + sel_radial; beside it, only the cutoff has a meaning
    std::vector<int> sel_full;         ///< [n_types] so many of the nearest are seen with all components
    std::vector<int> sel_radial;       ///< [n_types] so many behind them with 1/r alone
    std::vector<Axes> axes;            ///< [n_types] by centre type
    std::vector<double> shift, scale;  ///< [n_types][n_features], by centre type

    int n_types() const { return static_cast<int>(sel_full.size()); }
    /// First those of all slots with all components, by neighbour type, then the radial ones.
    int n_features() const {
        int sum = 0;
        for (std::size_t t = 0; t < sel_full.size(); ++t) sum += n_full * sel_full[t] + sel_radial[t];
        return sum;
    }
    /// [n_types] by neighbour type.
    std::vector<Section> sections() const {
        std::vector<Section> out;
        int next = 0;
        for (std::size_t t = 0; t < sel_full.size(); ++t) {
            out.push_back({sel_full[t], sel_radial[t], next, 0});
            next += n_full * sel_full[t];
        }
        for (Section& section : out) {
            section.first_radial = next;
            next += section.n_radial;
        }
        return out;
    }
    /// A neighbour has features without one, so that none of a type of neighbours may be left out.
    bool has_network(int, int) const { return true; }
    template <class F>
    void for_each_network(F&&) const {}
};

/// From a .dpmd file, and to one (local_frame_file.cpp).
void read(const Entry& entry, int n_types, LocalFrame& out);
void write(NewObject& out, const LocalFrame& descriptor);

}  // namespace dpmd
