/* The C interface of DeePMD-kit as dpmd's libdeepmd_c.so has it: all functions of version 30 (DeePMD-kit 3.2.0),
 * written down from the names and the types of their arguments. Valid C11 and C++. docs/deepmd-c.md tells what dpmd
 * answers, and which variables of the environment choose device, precision and compression.
 *
 * Units: Å, eV, eV/Å. Arrays are in C order. Forces are -dE/dx, the virial is sum_i F_i (x) r_i. The virial of an atom
 * belongs to it as a neighbour, and the index of the force comes first.
 *
 * T is double, or float in functions with an f before the number of their version; energies are double in both.
 *
 * Errors: no function ends the process, and no constructor returns NULL. DP_*CheckOK returns a text, empty while all is
 * well. Once a call has failed the text stays, and outputs that the failed call was asked for are NaN.
 *
 * Ownership: arguments are borrowed for the call; a neighbour list borrows the host's arrays until it is deleted. Texts
 * are the caller's, for DP_DeleteChar. Every DP_Delete* function takes NULL.
 *
 * Threads: one thread at a time with an object; different objects are independent.
 */
#ifndef DPMD_DEEPMD_C_API_H
#define DPMD_DEEPMD_C_API_H

#include <stdint.h>
#ifndef __cplusplus
#include <stdbool.h>
#endif

#define DP_C_API_VERSION 30

#if defined(__GNUC__)
#define DP_EXPORT __attribute__((visibility("default")))
#else
#define DP_EXPORT
#endif

#ifdef __cplusplus
#define DP_NOTHROW noexcept
extern "C" {
#else
#define DP_NOTHROW
#endif

/* The neighbour lists of a host. */
typedef struct DP_Nlist DP_Nlist;
/* An energy model; several of them that judge each other. */
typedef struct DP_DeepPot DP_DeepPot;
typedef struct DP_DeepPotModelDevi DP_DeepPotModelDevi;
/* The same with spins, which dpmd does not run. */
typedef struct DP_DeepSpin DP_DeepSpin;
typedef struct DP_DeepSpinModelDevi DP_DeepSpinModelDevi;
/* Any of the single models, and any of the groups: hosts cast their pointers to these. */
typedef struct DP_DeepBaseModel DP_DeepBaseModel;
typedef struct DP_DeepBaseModelDevi DP_DeepBaseModelDevi;
/* A model of dipoles or polarizabilities, and the charges that it gives; dpmd runs neither. */
typedef struct DP_DeepTensor DP_DeepTensor;
typedef struct DP_DipoleChargeModifier DP_DipoleChargeModifier;

/* ------------------------------------------------------------------------------------- arguments that occur together
 */

/* natoms counts ghosts where there are lists. coord[frame][natoms][3]; atype[natoms], for all frames;
 * cell[frame][3][3], whose rows are lattice vectors, NULL: no periodicity. Without lists -1 is a virtual atom, which
 * has no energy and no force and is nobody's neighbour; with lists that is any index that is not a type. */
#define DP_ATOMS(T) int natoms, const T *coord, const int *atype, const T *cell
/* spin[frame][natoms][3] */
#define DP_SPINS(T) int natoms, const T *coord, const T *spin, const int *atype, const T *cell
/* The last nghost of the atoms are ghosts. ago = 0: take the lists; larger: those of the last call with 0 still hold,
 * for the same atoms and ghosts, and nlist is only read where types have changed. The cell is not used. */
#define DP_LISTS int nghost, const DP_Nlist *nlist, int ago
/* fparam[frame][dim_fparam], NULL: the model's default. aparam[frame][own atoms][dim_aparam]. */
#define DP_PARAMS(T) const T *fparam, const T *aparam
/* NULL: not wanted. energy[frame], force[frame][natoms][3], virial[frame][3][3], atomic_energy[frame][natoms], zero for
 * ghosts, atomic_virial[frame][natoms][3][3]. The host adds the values of ghosts to their owners. Several models take
 * one frame, and give a block for each model instead. */
#define DP_RESULTS(T) double *energy, T *force, T *virial, T *atomic_energy, T *atomic_virial
#define DP_SPIN_RESULTS(T) double *energy, T *force, T *force_mag, T *virial, T *atomic_energy, T *atomic_virial

/* ---------------------------------------------------------------------------------------------------- neighbour lists
 */

/* Full lists: list k is of atom ilist[k], with the numneigh[k] entries firstneigh[k], in any order and of any reach
 * from the cutoff on. */
DP_EXPORT DP_Nlist* DP_NewNlist(int inum, int* ilist, int* numneigh, int** firstneigh) DP_NOTHROW;
/* The rest is for models that pass messages between ranks, and is not read. */
DP_EXPORT DP_Nlist* DP_NewNlist_comm(int inum, int* ilist, int* numneigh, int** firstneigh, int nswap, int* sendnum,
                                     int* recvnum, int* firstrecv, int** sendlist, int* sendproc, int* recvproc,
                                     void* world, int nprocs) DP_NOTHROW;
/* Every entry is read as entry & mask: for hosts with flags in the high bits. */
DP_EXPORT void DP_NlistSetMask(DP_Nlist* nlist, int mask) DP_NOTHROW;
/* The owners of ghosts, for models that pass messages; not read. */
DP_EXPORT void DP_NlistSetMapping(DP_Nlist* nlist, int* mapping) DP_NOTHROW;
DP_EXPORT const char* DP_NlistCheckOK(DP_Nlist* nlist) DP_NOTHROW;
DP_EXPORT void DP_DeleteNlist(DP_Nlist* nlist) DP_NOTHROW;

/* ---------------------------------------------------------------------------------------------------------- loading */

/* A model file is recognised by what is in it, whatever its name. gpu_rank chooses the device where DPMD_DEVICE names a
 * kind of device only. */
DP_EXPORT DP_DeepPot* DP_NewDeepPot(const char* model) DP_NOTHROW;
/* file_content has to be ""; contents need the next function, which knows their size. */
DP_EXPORT DP_DeepPot* DP_NewDeepPotWithParam(const char* model, int gpu_rank, const char* file_content) DP_NOTHROW;
/* size_file_content > 0: the model is in file_content, and `model` only names it in messages. */
DP_EXPORT DP_DeepPot* DP_NewDeepPotWithParam2(const char* model, int gpu_rank, const char* file_content,
                                              int size_file_content) DP_NOTHROW;
DP_EXPORT DP_DeepPotModelDevi* DP_NewDeepPotModelDevi(const char** models, int n_models) DP_NOTHROW;
/* Contents of the first n_file_contents models, which may be none. */
DP_EXPORT DP_DeepPotModelDevi* DP_NewDeepPotModelDeviWithParam(const char** models, int n_models, int gpu_rank,
                                                               const char** file_contents, int n_file_contents,
                                                               const int* size_file_contents) DP_NOTHROW;
DP_EXPORT DP_DeepSpin* DP_NewDeepSpin(const char* model) DP_NOTHROW;
DP_EXPORT DP_DeepSpin* DP_NewDeepSpinWithParam2(const char* model, int gpu_rank, const char* file_content,
                                                int size_file_content) DP_NOTHROW;
DP_EXPORT DP_DeepSpinModelDevi* DP_NewDeepSpinModelDevi(const char** models, int n_models) DP_NOTHROW;
DP_EXPORT DP_DeepSpinModelDevi* DP_NewDeepSpinModelDeviWithParam(const char** models, int n_models, int gpu_rank,
                                                                 const char** file_contents, int n_file_contents,
                                                                 const int* size_file_contents) DP_NOTHROW;
/* name_scope: of the nodes in a graph. */
DP_EXPORT DP_DeepTensor* DP_NewDeepTensor(const char* model) DP_NOTHROW;
DP_EXPORT DP_DeepTensor* DP_NewDeepTensorWithParam(const char* model, int gpu_rank, const char* name_scope) DP_NOTHROW;
DP_EXPORT DP_DipoleChargeModifier* DP_NewDipoleChargeModifier(const char* model) DP_NOTHROW;
DP_EXPORT DP_DipoleChargeModifier* DP_NewDipoleChargeModifierWithParam(const char* model, int gpu_rank,
                                                                       const char* name_scope) DP_NOTHROW;

/* -------------------------------------------------------------------------------------------------------- questions */

/* Cutoff in Å; numbers of types and parameters; whether aparam is for ghosts, too (never, in dpmd), and whether there
 * is a default fparam. Zero and false for an object that did not load. */
#define DP_QUESTIONS(CLASS)                                                    \
    DP_EXPORT double DP_##CLASS##GetCutoff(DP_##CLASS* model) DP_NOTHROW;      \
    DP_EXPORT int DP_##CLASS##GetNumbTypes(DP_##CLASS* model) DP_NOTHROW;      \
    DP_EXPORT int DP_##CLASS##GetNumbTypesSpin(DP_##CLASS* model) DP_NOTHROW;  \
    DP_EXPORT int DP_##CLASS##GetDimFParam(DP_##CLASS* model) DP_NOTHROW;      \
    DP_EXPORT int DP_##CLASS##GetDimAParam(DP_##CLASS* model) DP_NOTHROW;      \
    DP_EXPORT bool DP_##CLASS##IsAParamNAll(DP_##CLASS* model) DP_NOTHROW;     \
    DP_EXPORT bool DP_##CLASS##HasDefaultFParam(DP_##CLASS* model) DP_NOTHROW; \
    DP_EXPORT const char* DP_##CLASS##CheckOK(DP_##CLASS* model) DP_NOTHROW;   \
    DP_EXPORT void DP_Delete##CLASS(DP_##CLASS* model) DP_NOTHROW;
DP_QUESTIONS(DeepPot)
DP_QUESTIONS(DeepPotModelDevi)
DP_QUESTIONS(DeepSpin)
DP_QUESTIONS(DeepSpinModelDevi)
DP_QUESTIONS(DeepBaseModel)
DP_QUESTIONS(DeepBaseModelDevi)

/* Names of the types with one blank between them, as "O H". */
DP_EXPORT const char* DP_DeepPotGetTypeMap(DP_DeepPot* model) DP_NOTHROW;
DP_EXPORT const char* DP_DeepSpinGetTypeMap(DP_DeepSpin* model) DP_NOTHROW;
DP_EXPORT const char* DP_DeepBaseModelGetTypeMap(DP_DeepBaseModel* model) DP_NOTHROW;

/* The charge and spin of a system: no model of dpmd takes them, so their number is 0 and any others are an error. */
#define DP_CHARGE_SPIN(CLASS)                                                                                 \
    DP_EXPORT int DP_##CLASS##GetDimChgSpin(DP_##CLASS* model) DP_NOTHROW;                                    \
    DP_EXPORT void DP_##CLASS##SetChargeSpin(DP_##CLASS* model, const double* charge_spin, int numb_chg_spin) \
        DP_NOTHROW;
DP_CHARGE_SPIN(DeepPot)
DP_CHARGE_SPIN(DeepPotModelDevi)
DP_CHARGE_SPIN(DeepSpin)
DP_CHARGE_SPIN(DeepSpinModelDevi)

/* ---------------------------------------------------------------------------------------------------- energy models */

/* Compute finds the neighbours itself, ComputeNList takes the host's. The plain ones are for one frame and a model
 * without parameters, 2 have frames and parameters, 3 also charge_spin, which is not read. */
#define DP_EVALUATION(CLASS, T, F)                                                                                  \
    DP_EXPORT void DP_##CLASS##Compute##F(DP_##CLASS* model, DP_ATOMS(T), DP_RESULTS(T)) DP_NOTHROW;                \
    DP_EXPORT void DP_##CLASS##Compute##F##2(DP_##CLASS * model, int nframes, DP_ATOMS(T), DP_PARAMS(T),            \
                                             DP_RESULTS(T)) DP_NOTHROW;                                             \
    DP_EXPORT void DP_##CLASS##Compute##F##3(DP_##CLASS * model, int nframes, DP_ATOMS(T), DP_PARAMS(T),            \
                                             const T* charge_spin, DP_RESULTS(T)) DP_NOTHROW;                       \
    DP_EXPORT void DP_##CLASS##ComputeNList##F(DP_##CLASS* model, DP_ATOMS(T), DP_LISTS, DP_RESULTS(T)) DP_NOTHROW; \
    DP_EXPORT void DP_##CLASS##ComputeNList##F##2(DP_##CLASS * model, int nframes, DP_ATOMS(T), DP_LISTS,           \
                                                  DP_PARAMS(T), DP_RESULTS(T)) DP_NOTHROW;                          \
    DP_EXPORT void DP_##CLASS##ComputeNList##F##3(DP_##CLASS * model, int nframes, DP_ATOMS(T), DP_LISTS,           \
                                                  DP_PARAMS(T), const T* charge_spin, DP_RESULTS(T)) DP_NOTHROW;
DP_EVALUATION(DeepPot, double, )
DP_EVALUATION(DeepPot, float, f)
DP_EVALUATION(DeepPotModelDevi, double, )
DP_EVALUATION(DeepPotModelDevi, float, f)

/* Frames that differ in their types: atype[frame][natoms]. */
#define DP_MIXED_TYPE(T, F)                                                                                 \
    DP_EXPORT void DP_DeepPotComputeMixedType##F(DP_DeepPot* model, int nframes, DP_ATOMS(T), DP_PARAMS(T), \
                                                 DP_RESULTS(T)) DP_NOTHROW;
DP_MIXED_TYPE(double, )
DP_MIXED_TYPE(float, f)

/* --------------------------------------------------------------------------------- models with spins: always an error
 */

#define DP_SPIN_EVALUATION(CLASS, T, F)                                                                   \
    DP_EXPORT void DP_##CLASS##Compute##F##2(DP_##CLASS * model, int nframes, DP_SPINS(T), DP_PARAMS(T),  \
                                             DP_SPIN_RESULTS(T)) DP_NOTHROW;                              \
    DP_EXPORT void DP_##CLASS##Compute##F##3(DP_##CLASS * model, int nframes, DP_SPINS(T), DP_PARAMS(T),  \
                                             const T* charge_spin, DP_SPIN_RESULTS(T)) DP_NOTHROW;        \
    DP_EXPORT void DP_##CLASS##ComputeNList##F##2(DP_##CLASS * model, int nframes, DP_SPINS(T), DP_LISTS, \
                                                  DP_PARAMS(T), DP_SPIN_RESULTS(T)) DP_NOTHROW;           \
    DP_EXPORT void DP_##CLASS##ComputeNList##F##3(DP_##CLASS * model, int nframes, DP_SPINS(T), DP_LISTS, \
                                                  DP_PARAMS(T), const T* charge_spin, DP_SPIN_RESULTS(T)) DP_NOTHROW;
DP_SPIN_EVALUATION(DeepSpin, double, )
DP_SPIN_EVALUATION(DeepSpin, float, f)
DP_SPIN_EVALUATION(DeepSpinModelDevi, double, )
DP_SPIN_EVALUATION(DeepSpinModelDevi, float, f)
DP_EXPORT bool DP_DeepSpinUsesNativeSpinScheme(DP_DeepSpin* model) DP_NOTHROW;
DP_EXPORT bool DP_DeepSpinUsesCanonicalGraphInference(DP_DeepSpin* model) DP_NOTHROW;

/* --------------------------------------------------------- edges and graphs in the memory of a GPU: always an error */

#define DP_EDGES(T)                                                                                                   \
    double *d_atom_energy, double *d_force, double *d_atom_virial, const double *d_coord, const int *d_atype,         \
        const int *d_edge_index, const T *d_edge_vec, int nloc, int nedge, const double *fparam, int64_t fparam_size, \
        const double *aparam, int64_t aparam_size, int nall_nodes, const DP_Nlist *comm_nlist
#define DP_GRAPH                                                                                                     \
    const int64_t *d_atype, const uint32_t *d_source, const float *d_edge_vec, const int64_t *d_destination_row_ptr, \
        const int64_t *d_source_row_ptr, const uint32_t *d_source_order
/* Whether a model is for these functions: false, of all models of dpmd. */
DP_EXPORT bool DP_DeepPotSupportsDeviceEdgeInference(DP_DeepPot* model) DP_NOTHROW;
DP_EXPORT bool DP_DeepPotUsesFP32EdgeVectors(DP_DeepPot* model) DP_NOTHROW;
DP_EXPORT bool DP_DeepPotUsesCanonicalGraphInference(DP_DeepPot* model) DP_NOTHROW;
DP_EXPORT void DP_DeepPotComputeEdgesGPU(DP_DeepPot* model, DP_EDGES(double)) DP_NOTHROW;
DP_EXPORT void DP_DeepPotComputeEdgesGPUFloat32(DP_DeepPot* model, DP_EDGES(float)) DP_NOTHROW;
DP_EXPORT void DP_DeepPotComputeCanonicalGraphGPU(DP_DeepPot* model, double* d_atom_energy, double* d_force,
                                                  double* d_atom_virial, DP_GRAPH, int nloc, int nall_nodes,
                                                  int64_t edge_storage) DP_NOTHROW;
DP_EXPORT void DP_DeepSpinComputeCanonicalGraphGPU(DP_DeepSpin* model, double* d_atom_energy, double* d_force,
                                                   double* d_force_mag, double* d_atom_virial, DP_GRAPH,
                                                   const float* d_spin, int nloc, int nall_nodes,
                                                   int64_t edge_storage) DP_NOTHROW;

/* ------------------------------------------------------------------------------------ tensor models: always an error
 */

/* *tensor and *atomic_tensor become NULL, and their sizes 0. */
#define DP_TENSOR_LISTS int nghost, const DP_Nlist *nlist
#define DP_TENSOR_RESULTS(T) T *global_tensor, T *force, T *virial, T **atomic_tensor, T *atomic_virial, int *size_at
#define DP_TENSOR_EVALUATION(T, F)                                                                                     \
    DP_EXPORT void DP_DeepTensorComputeTensor##F(DP_DeepTensor* model, DP_ATOMS(T), T** tensor, int* size) DP_NOTHROW; \
    DP_EXPORT void DP_DeepTensorComputeTensorNList##F(DP_DeepTensor* model, DP_ATOMS(T), DP_TENSOR_LISTS, T** tensor,  \
                                                      int* size) DP_NOTHROW;                                           \
    DP_EXPORT void DP_DeepTensorCompute##F(DP_DeepTensor* model, DP_ATOMS(T), DP_TENSOR_RESULTS(T)) DP_NOTHROW;        \
    DP_EXPORT void DP_DeepTensorComputeNList##F(DP_DeepTensor* model, DP_ATOMS(T), DP_TENSOR_LISTS,                    \
                                                DP_TENSOR_RESULTS(T)) DP_NOTHROW;
DP_TENSOR_EVALUATION(double, )
DP_TENSOR_EVALUATION(float, f)
DP_EXPORT double DP_DeepTensorGetCutoff(DP_DeepTensor* model) DP_NOTHROW;
DP_EXPORT int DP_DeepTensorGetNumbTypes(DP_DeepTensor* model) DP_NOTHROW;
DP_EXPORT int DP_DeepTensorGetOutputDim(DP_DeepTensor* model) DP_NOTHROW;
/* The array belongs to the library. */
DP_EXPORT int* DP_DeepTensorGetSelTypes(DP_DeepTensor* model) DP_NOTHROW;
DP_EXPORT int DP_DeepTensorGetNumbSelTypes(DP_DeepTensor* model) DP_NOTHROW;
DP_EXPORT const char* DP_DeepTensorGetTypeMap(DP_DeepTensor* model) DP_NOTHROW;
DP_EXPORT const char* DP_DeepTensorCheckOK(DP_DeepTensor* model) DP_NOTHROW;
DP_EXPORT void DP_DeleteDeepTensor(DP_DeepTensor* model) DP_NOTHROW;

/* ------------------------------------------------------------------------- charges of dipole models: always an error
 */

#define DP_MODIFIER_EVALUATION(T, F)                                                                    \
    DP_EXPORT void DP_DipoleChargeModifierComputeNList##F(DP_DipoleChargeModifier* model, DP_ATOMS(T),  \
                                                          const int* pairs, int npairs, const T* delef, \
                                                          DP_TENSOR_LISTS, T* dfcorr, T* dvcorr) DP_NOTHROW;
DP_MODIFIER_EVALUATION(double, )
DP_MODIFIER_EVALUATION(float, f)
DP_EXPORT double DP_DipoleChargeModifierGetCutoff(DP_DipoleChargeModifier* model) DP_NOTHROW;
DP_EXPORT int DP_DipoleChargeModifierGetNumbTypes(DP_DipoleChargeModifier* model) DP_NOTHROW;
DP_EXPORT int* DP_DipoleChargeModifierGetSelTypes(DP_DipoleChargeModifier* model) DP_NOTHROW;
DP_EXPORT int DP_DipoleChargeModifierGetNumbSelTypes(DP_DipoleChargeModifier* model) DP_NOTHROW;
DP_EXPORT const char* DP_DipoleChargeModifierCheckOK(DP_DipoleChargeModifier* model) DP_NOTHROW;
DP_EXPORT void DP_DeleteDipoleChargeModifier(DP_DipoleChargeModifier* model) DP_NOTHROW;

/* ---------------------------------------------------------------------------------------------------------- helpers */

/* Writes what this library is and how it is set to the standard output, every line with the prefix before it. */
DP_EXPORT void DP_PrintSummary(const char* prefix) DP_NOTHROW;
/* The bytes of a file with a zero after them. Where that fails: an empty text, and a line on the standard error stream.
 */
DP_EXPORT const char* DP_ReadFileToChar(const char* path) DP_NOTHROW;
/* The same with the number of bytes. Where that fails: the message, and minus its length. */
DP_EXPORT const char* DP_ReadFileToChar2(const char* path, int* size) DP_NOTHROW;
/* Frees what a function of this library has returned as a text. */
DP_EXPORT void DP_DeleteChar(const char* text) DP_NOTHROW;
/* Atoms of the nsel_type types in sel_type. fwd_map[natoms]: the place of an atom among them, or -1; bkw_map[nreal]:
 * the atom of a place; nghost_real: how many of the last nghost atoms are among them. Every output may be NULL. */
DP_EXPORT void DP_SelectByType(int natoms, const int* atype, int nghost, int nsel_type, const int* sel_type,
                               int* fwd_map, int* nreal, int* bkw_map, int* nghost_real) DP_NOTHROW;
/* out[fwd_map[i]] = in[i] for the nall1 atoms with a place, `stride` numbers each; nall2 places exist. */
DP_EXPORT void DP_SelectMapInt(const int* in, const int* fwd_map, int stride, int nall1, int nall2,
                               int* out) DP_NOTHROW;
/* Does nothing but tell on the standard error stream how dpmd reads such files. */
DP_EXPORT void DP_ConvertPbtxtToPb(const char* pbtxt, const char* pb) DP_NOTHROW;

#ifdef __cplusplus
}
#endif

#endif
