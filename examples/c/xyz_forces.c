/* Energy, virial and forces of every frame of an .xyz file, through the C interface of dpmd.
 *
 *     xyz_forces MODEL.dpmd STRUCTURE.xyz > forces.xyz
 *
 * A frame has a line with the number of atoms, a comment, and lines "O 1.0 2.0 3.0". Lattice="..." in the comment, nine
 * numbers in Å, makes it periodic, as in extended XYZ. The output has a column for each component of the forces.
 */
#include <dpmd/dpmd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 4096 };

typedef struct frame {
    int n_atoms, periodic;
    double cell[9];    /* Å, rows are lattice vectors */
    double* positions; /* [n_atoms][3] Å */
    int32_t* types;    /* [n_atoms] */
} frame;

static void stop(const char* what, const char* detail) {
    fprintf(stderr, "xyz_forces: %s: %s\n", what, detail);
    exit(1);
}

/* Every function of dpmd returns a status, and dpmd_last_error says what went wrong. */
static void must(int status) {
    if (status != DPMD_OK) stop("dpmd", dpmd_last_error());
}

static void* allocate(size_t count, size_t size) {
    void* memory = calloc(count ? count : 1, size);
    if (!memory) stop("memory", "there is not enough of it");
    return memory;
}

/* The model's number of an element. */
static int32_t type_of(const dpmd_engine* engine, const char* element) {
    const char* name;
    for (int32_t type = 0; (name = dpmd_type_name(engine, type)) != NULL; ++type)
        if (strcmp(name, element) == 0) return type;
    stop("the model does not know the element", element);
    return -1;
}

static void read_lattice(const char* comment, frame* read) {
    const char* found = strstr(comment, "Lattice=\"");
    read->periodic = found != NULL;
    if (!found) return;
    char* next = NULL;
    found += strlen("Lattice=\"");
    for (int k = 0; k < 9; ++k, found = next) {
        read->cell[k] = strtod(found, &next);
        if (next == found) stop("the lattice has fewer than nine numbers", comment);
    }
}

/* The next frame of the file; 0 at its end. */
static int read_frame(FILE* file, const dpmd_engine* engine, frame* read) {
    char line[MAX_LINE], element[16];
    if (!fgets(line, sizeof line, file)) return 0;
    if (sscanf(line, "%d", &read->n_atoms) != 1 || read->n_atoms < 1) stop("this is not a number of atoms", line);
    if (!fgets(line, sizeof line, file)) stop("the file ends", "after a number of atoms");
    read_lattice(line, read);
    read->positions = allocate((size_t)read->n_atoms, 3 * sizeof *read->positions);
    read->types = allocate((size_t)read->n_atoms, sizeof *read->types);
    for (int i = 0; i < read->n_atoms; ++i) {
        double* x = read->positions + 3 * i;
        if (!fgets(line, sizeof line, file)) stop("the file ends", "before the last atom of a frame");
        if (sscanf(line, "%15s %lf %lf %lf", element, x, x + 1, x + 2) != 4) stop("this is not an atom", line);
        read->types[i] = type_of(engine, element);
    }
    return 1;
}

static void compute_and_print(dpmd_engine* engine, const frame* one) {
    double energy = 0, virial[9] = {0}, *forces = allocate((size_t)one->n_atoms, 3 * sizeof *forces);
    DPMD_INIT(dpmd_frames, frames);
    frames.n_frames = 1;
    frames.n_atoms = one->n_atoms;
    frames.positions = one->positions;
    frames.types = one->types;
    frames.cells = one->periodic ? one->cell : NULL;
    DPMD_INIT(dpmd_result, result);
    result.energies = &energy;
    result.forces = forces;
    result.virials = virial;
    must(dpmd_compute(engine, &frames, &result));

    printf("%d\n", one->n_atoms);
    if (one->periodic) {
        printf("Lattice=\"");
        for (int k = 0; k < 9; ++k) printf(k ? " %.17g" : "%.17g", one->cell[k]);
        printf("\" ");
    }
    printf("Properties=species:S:1:pos:R:3:forces:R:3 energy=%.17g virial=\"", energy);
    for (int k = 0; k < 9; ++k) printf(k ? " %.17g" : "%.17g", virial[k]);
    printf("\" pbc=\"%s\"\n", one->periodic ? "T T T" : "F F F");
    for (int i = 0; i < one->n_atoms; ++i) {
        const double *x = one->positions + 3 * i, *f = forces + 3 * i;
        printf("%-2s %.17g %.17g %.17g ", dpmd_type_name(engine, one->types[i]), x[0], x[1], x[2]);
        printf("%.17g %.17g %.17g\n", f[0], f[1], f[2]);
    }
    free(forces);
}

int main(int argc, char** argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: xyz_forces MODEL.dpmd STRUCTURE.xyz\n");
        return 2;
    }
    const char* path = argv[1];
    dpmd_engine* engine = NULL;
    DPMD_INIT(dpmd_options, options); /* all zero: the CPU, double precision, the exact nets */
    must(dpmd_load(&path, 1, &options, &engine));

    FILE* file = fopen(argv[2], "r");
    if (!file) stop("this file cannot be read", argv[2]);
    frame one;
    while (read_frame(file, engine, &one)) {
        compute_and_print(engine, &one);
        free(one.positions);
        free(one.types);
    }
    fclose(file);
    dpmd_free(engine);
    return 0;
}
