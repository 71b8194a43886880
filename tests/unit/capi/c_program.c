/* A program in C11: one water molecule, computed from positions and with the program's own lists; both must agree. */
#include <dpmd/dpmd.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void must(int status) {
    if (status == DPMD_OK) return;
    fprintf(stderr, "dpmd: %s\n", dpmd_last_error());
    exit(1);
}

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const double positions[9] = {0, 0, 0, 0.9572, 0, 0, -0.24, 0.9266, 0};
    const int32_t types[3] = {0, 1, 1};
    const char* path = argv[1];
    dpmd_engine* engine = NULL;
    DPMD_INIT(dpmd_options, options);
    options.threads = 1;
    must(dpmd_load(&path, 1, &options, &engine));

    DPMD_INIT(dpmd_info, info);
    must(dpmd_query(engine, &info));
    printf("dpmd %s: %d types, %s and %s, cutoff %.1f\n", dpmd_version(), (int)info.n_types, dpmd_type_name(engine, 0),
           dpmd_type_name(engine, 1), info.cutoff);

    double energy = 0, forces[9], energy_of_lists = 0, forces_of_lists[9];
    DPMD_INIT(dpmd_frames, frames);
    frames.n_frames = 1;
    frames.n_atoms = 3;
    frames.positions = positions;
    frames.types = types;
    DPMD_INIT(dpmd_result, result);
    result.energies = &energy;
    result.forces = forces;
    must(dpmd_compute(engine, &frames, &result));

    const int32_t counts[3] = {2, 2, 2}, of_0[2] = {1, 2}, of_1[2] = {2, 0}, of_2[2] = {0, 1};
    const int32_t* const lists[3] = {of_0, of_1, of_2};
    DPMD_INIT(dpmd_neighbors, neighbors);
    neighbors.n_owned = 3;
    neighbors.positions = positions;
    neighbors.types = types;
    neighbors.n_lists = 3;
    neighbors.counts = counts;
    neighbors.lists = lists;
    must(dpmd_set_neighbors(engine, &neighbors));
    DPMD_INIT(dpmd_local, local);
    local.positions = positions;
    result.energies = &energy_of_lists;
    result.forces = forces_of_lists;
    must(dpmd_compute_local(engine, &local, &result));

    int differs = energy != energy_of_lists;
    for (int k = 0; k < 9; ++k) differs = differs || forces[k] != forces_of_lists[k] || !isfinite(forces[k]);
    printf("E = %.12f eV, by lists %.12f eV\n", energy, energy_of_lists);
    const int refused = dpmd_compute(NULL, &frames, &result);
    printf("refused: %s\n", dpmd_last_error());
    dpmd_free(engine);
    dpmd_free(NULL);
    return differs || refused != DPMD_INPUT_ERROR;
}
