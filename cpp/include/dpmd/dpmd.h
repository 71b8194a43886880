/* The C interface of dpmd: energies, forces and virials of trained Deep Potentials for programs in C, or in any
 * language that can call C. Valid C11 and C++.
 *
 * Units: Å, eV, eV/Å. Signs and layout are DeePMD-kit's: forces are -dE/dx; virial = sum_i F_i (x) r_i, row-major, so
 * that the pressure is (sum m v v + virial) / volume; the virial of an atom belongs to it as a neighbour.
 *
 * Types are indices into the model's names (dpmd_type_name). As in DeePMD-kit, -1 and any index of n_types or more mean
 * a virtual atom: it has no energy and no force, and is no neighbour of others. Below -1 is an error.
 *
 * Ownership: what the caller passes is borrowed until the function returns. A dpmd_engine is freed by dpmd_free.
 * Strings that functions return live as long as the engine, that of dpmd_last_error until the thread's next call.
 *
 * Threads: a dpmd_engine serves one thread at a time: while one computes with it, another's call is a DPMD_INPUT_ERROR.
 * dpmd_query and dpmd_type_name may be called at any time; dpmd_free when no other call is under way. Different engines
 * are independent. dpmd_last_error is per thread.
 *
 * Structures begin with their size, which the caller sets with DPMD_INIT or by hand: members are only ever added at the
 * end, and members that a caller does not know count as zero. Zero and NULL are the defaults throughout. The same holds
 * for this header: additions go to its end, and nothing in it changes its name or its meaning.
 */
#ifndef DPMD_DPMD_H
#define DPMD_DPMD_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define DPMD_C_API __attribute__((visibility("default")))
#else
#define DPMD_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What functions return. The text of dpmd_last_error names the value at fault and the remedy. */
enum {
    DPMD_OK = 0,
    DPMD_INPUT_ERROR = 1,    /* the caller can fix it: a bad argument, file or structure */
    DPMD_DEVICE_ERROR = 2,   /* a device is missing or failed, or memory has run out */
    DPMD_INTERNAL_ERROR = 3, /* a defect of dpmd */
};

/* One or several models on one device, ready to compute. */
typedef struct dpmd_engine dpmd_engine;

typedef struct dpmd_options {
    size_t struct_size;
    const char* device;    /* "cpu" (the default), "cuda:0", "hip:1", "auto" */
    const char* precision; /* "double" (the default), "mix32", "mix16", and on GPUs "mix32-3xtf32", "mix32-tf32" */
    const char* compress;  /* "off" (the default: the networks as trained), "moment", "table" */
    double tolerance;      /* largest force error of compression, eV/Å; 0: what suits the precision */
    const char* overflow;  /* more neighbours than the model's sel: "error" (the default), "keep_nearest" */
    const char* instruction_set; /* of the CPU: "sse2", "avx2", ...; NULL: the best */
    int32_t threads;             /* 0: as OMP_NUM_THREADS says, or all cores */
} dpmd_options;

typedef struct dpmd_info {
    size_t struct_size;
    int32_t n_models;
    int32_t n_types;            /* names: dpmd_type_name */
    double cutoff;              /* Å, the largest of the models */
    int32_t n_fparam;           /* frame parameters */
    int32_t n_aparam;           /* atomic parameters */
    int32_t has_default_fparam; /* 1: there are frame parameters, and every model has a default for them */
} dpmd_info;

/* Frames of the same atoms, each with its own positions and cell. */
typedef struct dpmd_frames {
    size_t struct_size;
    int32_t n_frames;
    int32_t n_atoms;
    const double* positions; /* [n_frames][n_atoms][3] Å, need not lie in the box */
    const int32_t* types;    /* [n_atoms] */
    const double* cells;     /* [n_frames][3][3] Å, rows are lattice vectors; NULL: no periodicity */
    const int32_t* pbc;      /* [3] 0 or 1; NULL: periodic in all directions where there are cells */
    const double* fparam;    /* [n_frames][n_fparam], NULL: the models' default */
    const double* aparam;    /* [n_frames][n_atoms][n_aparam] */
} dpmd_frames;

/* The caller's room for results; NULL: not wanted. One block per model, in the order of dpmd_load. dpmd_compute gives
 * n_frames frames, with n = n_atoms. dpmd_compute_local gives one frame, with forces and atom_virials for atoms and
 * ghosts, n = n_owned + n_ghosts: the host adds the values of ghosts to their owners. */
typedef struct dpmd_result {
    size_t struct_size;
    double* energies;      /* [n_models][n_frames] eV */
    double* forces;        /* [n_models][n_frames][n][3] eV/Å */
    double* virials;       /* [n_models][n_frames][3][3] eV */
    double* atom_energies; /* [n_models][n_frames][n_atoms or n_owned] eV */
    double* atom_virials;  /* [n_models][n_frames][n][3][3] eV */
} dpmd_result;

/* Atoms, ghosts and neighbour lists of a host. Atoms 0 to n_owned - 1 are its own. Ghosts follow: all periodic images
 * and atoms of other ranks that lie within the cutoff of an owned atom. */
typedef struct dpmd_neighbors {
    size_t struct_size;
    int32_t n_owned, n_ghosts;
    const double* positions; /* [n_owned + n_ghosts][3] Å, as they are now */
    const int32_t* types;    /* [n_owned + n_ghosts] */
    const int64_t* ids;      /* [n_owned + n_ghosts] of atoms or ghosts' owners, to break ties in distance; or NULL */
    int32_t n_lists;         /* atoms with a list; the others have no neighbours */
    const int32_t* atoms;    /* [n_lists] whose lists these are; NULL: 0 to n_lists - 1 */
    const int32_t* counts;   /* [n_lists] */
    const int32_t* const* lists; /* [n_lists][counts] atoms and ghosts within any distance, in any order */
    int32_t index_mask;          /* applied to the entries, for hosts with flags in the high bits; 0: none */
    int32_t half;                /* not 0: a pair of owned atoms is in the list of only one of them */
    const int32_t* first_type; /* of the first atom of the whole system, on all ranks of the host, which DPA-1 shows in
                                * empty slots; NULL: types[0] */
    int32_t listed_only; /* not 0: an owned atom without a list has no energy, and is only a neighbour of others */
} dpmd_neighbors;

typedef struct dpmd_local {
    size_t struct_size;
    const double* positions; /* [n_owned + n_ghosts][3] Å */
    const double* fparam;    /* [n_fparam], NULL: the models' default */
    const double* aparam;    /* [n_owned][n_aparam] */
    int32_t n_models;        /* only the first n_models compute and give results; 0: all */
} dpmd_local;

/* Defines a variable of one of these structures with its size set and everything else zero: DPMD_INIT(dpmd_options,
 * options); */
#ifdef __cplusplus
#define DPMD_INIT(type, name) \
    type name = {};           \
    name.struct_size = sizeof(type)
#else
#define DPMD_INIT(type, name) type name = {.struct_size = sizeof(type)}
#endif

/* The version of this library, as "1.2.3". */
DPMD_C_API const char* dpmd_version(void);

/* How many GPUs of a kind ("cuda", "hip") can be used here; also 0 where there is no driver or no module for them. */
DPMD_C_API int32_t dpmd_device_count(const char* kind);

/* What went wrong in the calling thread's last failed call; empty if none has failed. Never NULL. */
DPMD_C_API const char* dpmd_last_error(void);

/* Reads .dpmd files, and those of DeePMD-kit; of these, .dp, .hlo and .yaml are converted once, by the dpmd command,
 * and kept in a cache (docs/embedding.md). Several models must have the same types, in the same order, and take the
 * same parameters. `options` may be NULL. On failure *engine is set to NULL. */
DPMD_C_API int dpmd_load(const char* const* paths, int32_t n_models, const dpmd_options* options, dpmd_engine** engine);

/* NULL is allowed. */
DPMD_C_API void dpmd_free(dpmd_engine* engine);

DPMD_C_API int dpmd_query(const dpmd_engine* engine, dpmd_info* info);

/* For example "O"; NULL when there is no such type. */
DPMD_C_API const char* dpmd_type_name(const dpmd_engine* engine, int32_t type);

/* Computes frame by frame; neighbours are found from positions and cells. */
DPMD_C_API int dpmd_compute(dpmd_engine* engine, const dpmd_frames* frames, dpmd_result* result);

/* Takes the neighbours over until the next call. They hold as long as atoms and ghosts stay the same and every pair
 * within the cutoff is in a list, which is through all steps in which the host keeps its lists. */
DPMD_C_API int dpmd_set_neighbors(dpmd_engine* engine, const dpmd_neighbors* neighbors);

/* Computes with the neighbours of dpmd_set_neighbors, which all models share. */
DPMD_C_API int dpmd_compute_local(dpmd_engine* engine, const dpmd_local* local, dpmd_result* result);

/* Model deviation (Y. Zhang et al., Comput. Phys. Commun. 253, 107206 (2020)), how far models disagree about the force
 * on each atom: sqrt(<|F_k - <F>|^2>), the mean over models k; `relative` >= 0 (eV/Å): divided by |<F>| + relative;
 * below zero: not divided. forces: [n_models][n_atoms][3], those of ghosts already added; deviations: [n_atoms] eV/Å.
 */
DPMD_C_API int dpmd_force_deviation(int32_t n_models, int32_t n_atoms, const double* forces, double relative,
                                    double* deviations);

/* The same for each component of the virial per atom: sqrt(<(v_k - <v>)^2>), v = virial / n_atoms; `relative` >= 0
 * (eV): divided by |<v>| + relative. n_atoms is that of the whole system. virials: [n_models][9] eV; deviations: [9]
 * eV. */
DPMD_C_API int dpmd_virial_deviation(int32_t n_models, int64_t n_atoms, const double* virials, double relative,
                                     double* deviations);

/* The same as dpmd_load for files in memory: model k is the sizes[k] bytes at contents[k], and messages call it
 * names[k]. Where contents[k] is NULL, the file names[k] is read. On failure *engine is set to NULL. */
DPMD_C_API int dpmd_load_contents(const char* const* names, const void* const* contents, const size_t* sizes,
                                  int32_t n_models, const dpmd_options* options, dpmd_engine** engine);

/* What a user should know although nothing has failed: that neighbours beyond sel are ignored since overflow is
 * "keep_nearest". Empty while there is nothing to say, and again after it has been asked for. Never NULL. The text
 * lives until the next of these calls. */
DPMD_C_API const char* dpmd_take_warning(dpmd_engine* engine);

#ifdef __cplusplus
}
#endif

#endif
