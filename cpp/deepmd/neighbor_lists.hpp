#pragma once
// Neighbour lists as hosts make them: borrowed arrays, read in the call that takes them.

struct DP_Nlist {
    int n_lists;
    const int* atoms;         ///< [n_lists]
    const int* counts;        ///< [n_lists]
    const int* const* lists;  ///< [n_lists][counts]
    int mask;
};
