// Atoms of some types among all atoms.
#include <algorithm>
#include <cstddef>

#include "deepmd/c_api.h"

void DP_SelectByType(int natoms, const int* atype, int nghost, int nsel_type, const int* sel_type, int* fwd_map,
                     int* nreal, int* bkw_map, int* nghost_real) noexcept {
    int n_selected = 0, n_ghosts = 0;
    for (int i = 0; i < natoms; ++i) {
        const bool is_selected = std::find(sel_type, sel_type + nsel_type, atype[i]) != sel_type + nsel_type;
        if (fwd_map != nullptr) fwd_map[i] = is_selected ? n_selected : -1;
        if (!is_selected) continue;
        if (bkw_map != nullptr) bkw_map[n_selected] = i;
        ++n_selected;
        n_ghosts += i >= natoms - nghost ? 1 : 0;
    }
    if (nreal != nullptr) *nreal = n_selected;
    if (nghost_real != nullptr) *nghost_real = n_ghosts;
}

void DP_SelectMapInt(const int* in, const int* fwd_map, int stride, int nall1, int, int* out) noexcept {
    const std::ptrdiff_t width = stride;
    for (int i = 0; i < nall1; ++i)
        if (fwd_map[i] >= 0) std::copy_n(in + i * width, width, out + fwd_map[i] * width);
}
