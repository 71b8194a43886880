/* A host that was written for DeePMD-kit's C interface: the energy of a water molecule, by its positions and by lists.
 * Usage: deepmd_host MODEL */
#include <deepmd/c_api.h>
#include <math.h>
#include <stdio.h>

static int failed(DP_DeepPot* model) {
    const char* text = DP_DeepPotCheckOK(model);
    const int is_error = *text != '\0';
    if (is_error) fprintf(stderr, "%s\n", text);
    DP_DeleteChar(text);
    return is_error;
}

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const double positions[9] = {0, 0, 0, 0.9572, 0, 0, -0.24, 0.9266, 0};
    const int types[3] = {0, 1, 1};
    double energy = 0, energy_by_lists = 0, forces[9];
    DP_DeepPot* model = DP_NewDeepPot(argv[1]);
    if (failed(model)) return 1;
    DP_DeepPotCompute(model, 3, positions, types, NULL, &energy, forces, NULL, NULL, NULL);

    int atoms[3] = {0, 1, 2}, counts[3] = {2, 2, 2}, of_0[2] = {1, 2}, of_1[2] = {2, 0}, of_2[2] = {0, 1};
    int* lists[3] = {of_0, of_1, of_2};
    DP_Nlist* nlist = DP_NewNlist(3, atoms, counts, lists);
    DP_DeepPotComputeNList(model, 3, positions, types, NULL, 0, nlist, 0, &energy_by_lists, NULL, NULL, NULL, NULL);
    const int is_error = failed(model);
    printf("C API %d: E = %.12f eV, by lists %.12f eV\n", DP_C_API_VERSION, energy, energy_by_lists);
    DP_DeleteNlist(nlist);
    DP_DeleteDeepPot(model);
    return is_error || energy != energy_by_lists || !isfinite(forces[0]);
}
