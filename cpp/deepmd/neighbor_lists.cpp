#include "neighbor_lists.hpp"

#include <new>

#include "deepmd/c_api.h"
#include "texts.hpp"

using dpmd::deepmd::new_text;

DP_Nlist* DP_NewNlist(int inum, int* ilist, int* numneigh, int** firstneigh) noexcept {
    constexpr int every_bit = -1;
    return new (std::nothrow) DP_Nlist{inum, ilist, numneigh, firstneigh, every_bit};
}

// Programs built with older headers pass no nprocs.
DP_Nlist* DP_NewNlist_comm(int inum, int* ilist, int* numneigh, int** firstneigh, int, int*, int*, int*, int**, int*,
                           int*, void*, int) noexcept {
    return DP_NewNlist(inum, ilist, numneigh, firstneigh);
}

void DP_NlistSetMask(DP_Nlist* nlist, int mask) noexcept {
    if (nlist != nullptr) nlist->mask = mask;
}

void DP_NlistSetMapping(DP_Nlist*, int*) noexcept {}

const char* DP_NlistCheckOK(DP_Nlist* nlist) noexcept {
    return new_text(nlist != nullptr ? "" : "dpmd: the neighbour list is NULL");
}

void DP_DeleteNlist(DP_Nlist* nlist) noexcept { delete nlist; }
