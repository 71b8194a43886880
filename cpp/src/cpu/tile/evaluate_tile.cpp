// One tile of atoms through all stages, forwards and backwards. Compiled once per instruction set.
#include "cpu/tile/descriptor.hpp"
#include "cpu/tile/embedding.hpp"
#include "cpu/tile/fitting.hpp"
#include "cpu/tile/kernels.hpp"
#include "cpu/tile/pack.hpp"
#include "cpu/tile/scatter.hpp"

namespace dpmd::cpu::DPMD_ISA {
namespace {

/// Frame and atomic parameters and the case embedding, behind the descriptor of one atom.
template <class Real>
void append_parameters(const SeAModel<Real>& model, const EvaluateArgs& system, std::int32_t atom, Real* to) {
    for (int k = 0; k < model.n_fparam; ++k)
        *to++ = static_cast<Real>((system.fparam[k] - model.fparam_shift[std::size_t(k)]) *
                                  model.fparam_scale[std::size_t(k)]);
    for (int k = 0; k < model.n_aparam; ++k)
        *to++ = static_cast<Real>((system.aparam[std::size_t(atom) * std::size_t(model.n_aparam) + std::size_t(k)] -
                                   model.aparam_shift[std::size_t(k)]) *
                                  model.aparam_scale[std::size_t(k)]);
    for (const double value : model.case_embedding) *to++ = static_cast<Real>(value);
}

template <class Real>
void evaluate_tile(const TileArgs<Real>& tile) {
    const SeAModel<Real>& model = *tile.model;
    const SeACenter<Real>& center = model.centers[std::size_t(tile.center_type)];
    const EvaluateArgs& system = *tile.system;
    Workspace& workspace = *tile.workspace;
    workspace.reset();
    const int n_atoms = tile.n_atoms, n_types = model.n_types, stride = model.channel_stride;
    constexpr int L = lanes<Real>;

    // 1 neighbours and environment rows
    const TileRows<Real> rows = pack_tile(tile);

    // 2 embedding
    Real* g = workspace.take<Real>(std::size_t(rows.n_rows) * std::size_t(stride));
    EmbeddingTape<Real>* tapes = workspace.take<EmbeddingTape<Real>>(std::size_t(n_types));
    const auto section_rows = [&](int t) { return rows.section[t + 1] - rows.section[t]; };
    const auto g_of = [&](Real* base, int row) { return base + std::size_t(row) * std::size_t(stride); };
    for (int t = 0; t < n_types; ++t)
        if (section_rows(t) > 0)
            tapes[t] = embedding_forward(*center.sections[std::size_t(t)].network, section_rows(t),
                                         rows.s + rows.section[t], g_of(g, rows.section[t]), workspace);

    // 3 moments; empty slots enter as a constant per slot
    Real* moments = workspace.take<Real>(std::size_t(n_atoms) * 4 * std::size_t(stride));
    for (int a = 0; a < n_atoms; ++a) {
        Real* m = moments + std::size_t(a) * 4 * std::size_t(stride);
        for (int k = 0; k < 4 * stride; ++k) m[k] = Real(0);
        for (int t = 0; t < n_types; ++t) {
            const SeASection<Real>& section = center.sections[std::size_t(t)];
            const int* first = rows.first + t * (n_atoms + 1) + a;
            accumulate_moments(first[1] - first[0], rows.row + 4 * first[0], g_of(g, first[0]), stride, m);
            const auto n_empty = static_cast<Real>(rows.n_empty[t * n_atoms + a]);
            if (section.has_padding && n_empty > Real(0))
                for (int k = 0; k < 4 * stride; ++k) m[k] += n_empty * section.padding[std::size_t(k)];
        }
        for (int k = 0; k < 4 * stride; ++k) m[k] *= static_cast<Real>(model.inverse_normalization);
    }

    // 4 descriptors, in the rows of the fitting net's input
    const int n_fitting_rows = round_up(n_atoms, row_block);
    const int axis_stride = round_up(model.n_axis, L);
    const int in_stride = round_up(model.n_fitting_in, L) + L;
    const int n_descriptor = model.n_channels * model.n_axis;
    Real* axis = workspace.take<Real>(std::size_t(n_atoms) * 4 * std::size_t(axis_stride));
    Real* x = workspace.take<Real>(std::size_t(n_fitting_rows) * std::size_t(in_stride));
    for (int a = 0; a < n_fitting_rows; ++a) {
        Real* x_a = x + std::size_t(a) * std::size_t(in_stride);
        if (a >= n_atoms) {
            for (int k = 0; k < in_stride; ++k) x_a[k] = Real(0);
            continue;
        }
        const Real* m = moments + std::size_t(a) * 4 * std::size_t(stride);
        Real* axis_a = axis + std::size_t(a) * 4 * std::size_t(axis_stride);
        copy_axis(m, stride, model.n_axis, axis_stride, axis_a);
        descriptor_forward(model, m, axis_a, axis_stride, x_a);
        append_parameters(model, system, tile.atoms[a], x_a + n_descriptor);
    }

    // 5 fitting net: energies, and back to the descriptors
    const PackedNetwork<Real>& fitting = center.fitting;
    const FittingTape<Real> tape = fitting_forward(fitting, n_fitting_rows, x, in_stride, workspace);
    const Real* dx = fitting_backward(fitting, tape, n_fitting_rows, workspace);
    const int dx_stride = fitting.layers.front().in_stride;
    const Real* vacuum = nullptr;
    if (center.subtract_vacuum) {
        for (int a = 0; a < n_atoms; ++a)
            for (int k = 0; k < n_descriptor; ++k)
                x[std::size_t(a) * std::size_t(in_stride) + std::size_t(k)] = Real(0);
        vacuum = fitting_forward(fitting, n_fitting_rows, x, in_stride, workspace).output;
    }
    const int out_stride = fitting.layers.back().out_stride;
    for (int a = 0; a < n_atoms; ++a) {
        double energy = double(tape.output[a * out_stride]) + center.energy_shift;
        if (vacuum) energy -= double(vacuum[a * out_stride]);
        if (!fixed_in_range(energy, fixed_term_limit)) {
            report(tile.totals->status, {EvaluateFault::energy_not_finite, tile.atoms[a], -1, -1, 0, energy});
            energy = 0;
        }
        system.atom_energies[tile.atoms[a]] = energy;
        tile.totals->energy.add(to_fixed(energy));
    }

    // 6 back through descriptor, moments and embedding to the environment rows
    Real* dg = workspace.take<Real>(std::size_t(rows.n_rows) * std::size_t(stride));
    Real* row_gradient = workspace.take<Real>(4 * std::size_t(rows.n_rows));
    Real* d_moments = workspace.take<Real>(4 * std::size_t(stride));
    Real* d_axis = workspace.take<Real>(4 * std::size_t(axis_stride));
    // One atom's gradient with zeros behind it: what is read past its end must not come from another atom, whose values
    // may be no numbers.
    Real* d_descriptor = workspace.take<Real>(std::size_t(n_descriptor) + std::size_t(L));
    for (int k = 0; k < L; ++k) d_descriptor[n_descriptor + k] = Real(0);
    for (int a = 0; a < n_atoms; ++a) {
        const Real* m = moments + std::size_t(a) * 4 * std::size_t(stride);
        for (int k = 0; k < n_descriptor; ++k)
            d_descriptor[k] = dx[std::size_t(a) * std::size_t(dx_stride) + std::size_t(k)];
        descriptor_backward(model, m, axis + std::size_t(a) * 4 * std::size_t(axis_stride), axis_stride, d_descriptor,
                            d_axis, d_moments);
        for (int k = 0; k < 4 * stride; ++k) d_moments[k] *= static_cast<Real>(model.inverse_normalization);
        for (int t = 0; t < n_types; ++t) {
            const int* first = rows.first + t * (n_atoms + 1) + a;
            moments_backward(first[1] - first[0], rows.row + 4 * first[0], g_of(g, first[0]), stride, d_moments,
                             g_of(dg, first[0]), row_gradient + 4 * first[0]);
        }
    }
    Real* ds = workspace.take<Real>(std::size_t(rows.n_rows));
    for (int t = 0; t < n_types; ++t) {
        if (section_rows(t) == 0) continue;
        const int begin = rows.section[t];
        for (int r = begin + rows.section_size[t]; r < rows.section[t + 1]; ++r)
            for (int c = 0; c < stride; ++c) g_of(dg, r)[c] = Real(0);
        embedding_backward(*center.sections[std::size_t(t)].network, tapes[t], section_rows(t), rows.s + begin,
                           g_of(dg, begin), ds + begin, workspace);
        for (int r = begin; r < begin + rows.section_size[t]; ++r) row_gradient[4 * r] += ds[r];
    }

    // 7 forces and virials
    scatter_gradients(tile, rows, row_gradient);
}

template <class Real>
void embed(const PackedNetwork<Real>& network, double s, Real* out, Workspace& workspace) {
    workspace.reset();
    Real* inputs = workspace.take<Real>(row_block);
    Real* outputs = workspace.take<Real>(std::size_t(row_block) * std::size_t(network.out_stride));
    for (int r = 0; r < row_block; ++r) inputs[r] = static_cast<Real>(s);
    embedding_forward(network, row_block, inputs, outputs, workspace);
    for (int c = 0; c < network.out_stride; ++c) out[c] = outputs[c];
}

#define DPMD_TEXT_OF(x) #x
#define DPMD_TEXT(x) DPMD_TEXT_OF(x)

}  // namespace

const SeAKernels<double>& se_a_kernels_double() {
    static constexpr SeAKernels<double> kernels{
        DPMD_TEXT(DPMD_ISA), {lanes<double>, row_block}, &evaluate_tile<double>, &embed<double>};
    return kernels;
}

}  // namespace dpmd::cpu::DPMD_ISA
