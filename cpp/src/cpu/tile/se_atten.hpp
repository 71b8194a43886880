#pragma once
// DPA-1 as trained: embedding with types, attention between neighbours, moments with rows up to degree lmax, features
// D = A diag(w) (A_<)^T and the type embedding of the centre, and the same backwards.
#include <type_traits>

#include "cpu/local/se_atten_prepared.hpp"
#include "cpu/tile/attention.hpp"
#include "cpu/tile/embedding.hpp"
#include "cpu/tile/features.hpp"
#include "cpu/tile/moments.hpp"
#include "cpu/tile/row_switch.hpp"
#include "cpu/tile/stage_clock.hpp"
#include "math/harmonics.hpp"
#include "math/switch_function.hpp"

namespace dpmd::cpu::DPMD_ISA {

inline constexpr int most_degree = 4, most_moment_rows = (most_degree + 1) * (most_degree + 1);

/// Quantities of the rows of a tile that its attention and type factors take.
template <class Real>
struct SmoothRows {
    Real* weight;        ///< [n_rows] the switch
    Real* slope;         ///< [n_rows] its derivative with respect to the distance, or to s where it is a function of s
    Real* d_weight;      ///< [n_rows] gradient
    Real* direction[3];  ///< [n_rows] of the normalised rows
    Real* inverse_length;  ///< [n_rows] of these
    Real* d_direction[3];  ///< [n_rows] gradient
};

/// The neighbours of one atom while they attend to each other.
template <class Real>
struct AttendingAtom {
    AttendingRows<Real> rows;
    Real* g;  ///< [n_rows][stride]
    AttentionTape<Real>* layers;
};

/// What the way back needs.
template <class Real>
struct SeAttenTape {
    EmbeddingTape<Real>* nets;  ///< [n_types] by section
    Real* x;                    ///< [n_rows][in_stride] inputs of the network, where it takes types
    Real* plain;                ///< strip: [n_rows][stride] outputs of the network before the types' factors
    Real* g;                    ///< [n_rows][stride] what enters the moments
    SmoothRows<Real> smooth;
    AttendingAtom<Real>* atoms;   ///< [n_atoms] where there is attention
    Real* row[most_moment_rows];  ///< [n_moment_rows][n_rows]
    Real* moments;                ///< [n_atoms][n_moment_rows][stride]
    Real* axis;                   ///< [n_atoms][n_moment_rows][axis_stride] first channels times their weights
    Real weights[most_moment_rows];
    int axis_stride;
};

/// A section's share of an array of rows.
template <class Real>
DPMD_HD Real* from_row(Real* array, int row, int stride) {
    return array + std::size_t(row) * std::size_t(stride);
}

template <class Real>
void embed_with_types(const PackedSeAtten<Real>& descriptor, int center, const TileRows<Real>& rows,
                      SeAttenTape<Real>& tape, Workspace& workspace) {
    const int stride = descriptor.stride;
    const auto n_rows = std::size_t(rows.n_rows);
    tape.nets = workspace.take<EmbeddingTape<Real>>(std::size_t(rows.n_types));
    tape.g = workspace.take<Real>(n_rows * std::size_t(stride));
    tape.plain = descriptor.is_strip ? workspace.take<Real>(n_rows * std::size_t(stride)) : tape.g;
    const int in_stride = descriptor.is_strip ? 1 : descriptor.network.layers[0].in_stride;
    tape.x = descriptor.is_strip ? rows.row[0] : workspace.take<Real>(n_rows * std::size_t(in_stride));
    const int width = descriptor.type_width;
    for (int t = 0; t < rows.n_types; ++t) {
        const int first = rows.section[t], n = rows.padded_size(t);
        if (n == 0) continue;
        Real* x = from_row(tape.x, first, in_stride);
        if (!descriptor.is_strip)
            for (int r = 0; r < n; ++r) {
                Real* to = x + r * in_stride;
                *to++ = rows.row[0][first + r];
                const int types[2] = {t, center};
                for (int k = 0; k < (descriptor.is_one_side ? 1 : 2); ++k) {
                    const Real* from = descriptor.embedding_of_type(types[k]);
                    for (int c = 0; c < width; ++c) *to++ = from[c];
                }
                while (to < x + (r + 1) * in_stride) *to++ = Real(0);
            }
        Real* plain = from_row(tape.plain, first, stride);
        tape.nets[t] = embedding_forward(descriptor.network, n, x, plain, workspace, in_stride);
        if (!descriptor.is_strip) continue;
        const Real* factors = descriptor.factors(center, t);
        for (int r = 0; r < n; ++r) {
            const Real w = descriptor.is_smooth ? tape.smooth.weight[first + r] : Real(1);
            const Real* from = plain + r * stride;
            Real* to = from_row(tape.g, first + r, stride);
            for (int c = 0; c < stride; ++c) to[c] = from[c] * (Real(1) + factors[c] * w);
        }
    }
}

/// The switch of all rows, and its slope.
template <class Real>
void fill_switch(const PackedSeAtten<Real>& descriptor, const TileRows<Real>& rows, SmoothRows<Real>& out) {
    for (int r = 0; r < rows.n_rows; ++r) {
        const ValueSlope<double> f = descriptor.has_cubic_switch ? cubic_switch(rows.s[r], descriptor.cutoff_smooth)
                                                                 : switch_of_row(rows, r, descriptor.protection);
        out.weight[r] = static_cast<Real>(f.value);
        out.slope[r] = static_cast<Real>(f.slope);
    }
}

template <class Real>
void fill_directions(const TileRows<Real>& rows, Real floor, SmoothRows<Real>& out) {
    for (int r = 0; r < rows.n_rows; ++r) {
        Real square(0);
        for (int b = 0; b < 3; ++b) square += rows.row[1 + b][r] * rows.row[1 + b][r];
        const Real length = __builtin_sqrt(square);
        out.inverse_length[r] = length > floor ? Real(1) / length : (floor > Real(0) ? Real(1) / floor : Real(0));
        for (int b = 0; b < 3; ++b) out.direction[b][r] = rows.row[1 + b][r] * out.inverse_length[r];
    }
}

template <class Real>
SmoothRows<Real> take_smooth_rows(const PackedSeAtten<Real>& descriptor, const TileRows<Real>& rows,
                                  Workspace& workspace) {
    const auto n = std::size_t(rows.n_rows);
    SmoothRows<Real> out;
    for (Real** array : {&out.weight, &out.slope, &out.d_weight, &out.inverse_length}) *array = workspace.take<Real>(n);
    for (Real*& array : out.direction) array = workspace.take<Real>(n);
    for (Real*& array : out.d_direction) array = workspace.take<Real>(n);
    fill_switch(descriptor, rows, out);
    fill_directions(rows, descriptor.attention.empty() ? Real(0) : descriptor.attention[0].norm_floor, out);
    for (int r = 0; r < rows.n_rows; ++r) {
        out.d_weight[r] = Real(0);
        for (Real* d : out.d_direction) d[r] = Real(0);
    }
    return out;
}

/// Calls `copy(row of the tile, row of the atom)` for the rows of an atom in all sections.
template <class Real, class F>
DPMD_HD void for_rows_of(const TileRows<Real>& rows, int atom, F&& copy) {
    int n = 0;
    for (int t = 0; t < rows.n_types; ++t)
        for (int r = rows.begin(t, atom); r < rows.end(t, atom); ++r) copy(r, n++);
}

/// Puts the rows of an atom side by side.
template <class Real>
AttendingAtom<Real> gather_atom(const PackedSeAtten<Real>& descriptor, const TileRows<Real>& rows, int atom,
                                const SeAttenTape<Real>& tape, Workspace& workspace) {
    const int stride = descriptor.stride;
    AttendingAtom<Real> out;
    out.rows.n = rows.n_rows_of(atom);
    out.rows.n_rows = round_up(out.rows.n, attending_multiple<Real>);
    out.rows.is_smooth = descriptor.is_smooth;
    out.rows.n_empty = descriptor.n_keys > out.rows.n ? descriptor.n_keys - out.rows.n : 0;
    const auto n = std::size_t(out.rows.n_rows);
    out.layers = workspace.take<AttentionTape<Real>>(descriptor.attention.size());
    out.g = workspace.take<Real>(n * std::size_t(stride));
    Real* quantity[4];
    for (Real*& one : quantity) one = workspace.take<Real>(n);
    for_rows_of(rows, atom, [&](int r, int k) {
        const Real* from = from_row(tape.g, r, stride);
        Real* to = from_row(out.g, k, stride);
        for (int c = 0; c < stride; ++c) to[c] = from[c];
        quantity[0][k] = tape.smooth.weight[r];
        for (int b = 0; b < 3; ++b) quantity[1 + b][k] = tape.smooth.direction[b][r];
    });
    for (std::size_t k = std::size_t(out.rows.n); k < n; ++k) {
        for (Real* one : quantity) one[k] = Real(0);
        for (int c = 0; c < stride; ++c) out.g[k * std::size_t(stride) + std::size_t(c)] = Real(0);
    }
    out.rows.weight = quantity[0];
    for (int b = 0; b < 3; ++b) out.rows.direction[b] = quantity[1 + b];
    return out;
}

template <class Real>
void attend(const PackedSeAtten<Real>& descriptor, const TileRows<Real>& rows, SeAttenTape<Real>& tape,
            Workspace& workspace) {
    const int stride = descriptor.stride;
    tape.atoms = workspace.take<AttendingAtom<Real>>(std::size_t(rows.n_atoms));
    for (int a = 0; a < rows.n_atoms; ++a) {
        AttendingAtom<Real>& atom = tape.atoms[a];
        atom = gather_atom(descriptor, rows, a, tape, workspace);
        if (atom.rows.n == 0) continue;
        for (std::size_t l = 0; l < descriptor.attention.size(); ++l)
            atom.layers[l] =
                attention_forward(descriptor.attention[l], atom.rows, descriptor.n_channels, stride, atom.g, workspace);
        for_rows_of(rows, a, [&](int r, int k) {
            const Real* from = from_row(atom.g, k, stride);
            Real* to = from_row(tape.g, r, stride);
            for (int c = 0; c < stride; ++c) to[c] = from[c];
        });
    }
}

/// dg [n_rows][stride] of what enters the moments becomes that of what enters the attention.
template <class Real>
void attend_backward(const PackedSeAtten<Real>& descriptor, const TileRows<Real>& rows, SeAttenTape<Real>& tape,
                     Real* dg, Workspace& workspace) {
    const int stride = descriptor.stride;
    for (int a = 0; a < rows.n_atoms; ++a) {
        const AttendingAtom<Real>& atom = tape.atoms[a];
        if (atom.rows.n == 0) continue;
        const Workspace::Mark mark = workspace.mark();
        const auto n = std::size_t(atom.rows.n_rows);
        Real* own = workspace.take<Real>(n * std::size_t(stride));
        for (std::size_t k = 0; k < n * std::size_t(stride); ++k) own[k] = Real(0);
        for_rows_of(rows, a, [&](int r, int k) {
            const Real* from = from_row(dg, r, stride);
            Real* to = from_row(own, k, stride);
            for (int c = 0; c < descriptor.n_channels; ++c) to[c] = from[c];
        });
        AttentionGradient<Real> gradient;
        gradient.weight = workspace.take<Real>(n);
        for (Real*& one : gradient.direction) one = workspace.take<Real>(n);
        for (std::size_t k = 0; k < n; ++k) {
            gradient.weight[k] = Real(0);
            for (Real* one : gradient.direction) one[k] = Real(0);
        }
        for (std::size_t l = descriptor.attention.size(); l-- > 0;)
            attention_backward(descriptor.attention[l], atom.rows, descriptor.n_channels, stride, atom.layers[l], own,
                               gradient, workspace);
        for_rows_of(rows, a, [&](int r, int k) {
            const Real* from = from_row(own, k, stride);
            Real* to = from_row(dg, r, stride);
            for (int c = 0; c < stride; ++c) to[c] = from[c];
            tape.smooth.d_weight[r] += gradient.weight[k];
            for (int b = 0; b < 3; ++b) tape.smooth.d_direction[b][r] += gradient.direction[b][k];
        });
        workspace.release(mark);
    }
}

/// Rows of the degrees from 2 to lmax: radial part times harmonics of d/(r + p). Calls `use(row, radial, its slope,
/// harmonics)`.
template <class Real, class F>
void for_harmonics(const PackedSeAtten<Real>& descriptor, int center, const TileRows<Real>& rows, F&& use) {
    const double scale = descriptor.inverse_scale[std::size_t(center)];
    for (int r = 0; r < rows.n_rows; ++r) {
        const double inverse = 1 / (rows.distance[r] + descriptor.protection);
        PolynomialGradient<double> at[n_harmonics(most_degree)];
        harmonics<double>(descriptor.lmax, rows.difference[0][r] * inverse, rows.difference[1][r] * inverse,
                          rows.difference[2][r] * inverse, at);
        use(r, rows.s[r] * scale, rows.s_slope[r] * scale, at);
    }
}

template <class Real>
void fill_moment_rows(const PackedSeAtten<Real>& descriptor, int center, const TileRows<Real>& rows,
                      SeAttenTape<Real>& tape, Workspace& workspace) {
    for (int k = 0; k < 4; ++k) {
        tape.row[k] = rows.row[k];
        tape.weights[k] = Real(1);
    }
    if (descriptor.lmax == 1) return;
    const int n = n_harmonics(descriptor.lmax);
    for (int degree = 2, k = 4; degree <= descriptor.lmax; ++degree)
        for (int m = 0; m < 2 * degree + 1; ++m, ++k) tape.weights[k] = descriptor.gain[degree - 1];
    for (int k = 0; k < n; ++k) tape.row[4 + k] = workspace.take<Real>(std::size_t(rows.n_rows));
    for_harmonics(descriptor, center, rows, [&](int r, double radial, double, const PolynomialGradient<double>* at) {
        for (int k = 0; k < n; ++k) tape.row[4 + k][r] = static_cast<Real>(radial * at[k].value);
    });
}

/// Adds the way through the harmonics to dE/d(difference), [n_harmonics][n_rows] from dE/drow.
template <class Real>
void add_harmonics_backward(const PackedSeAtten<Real>& descriptor, int center, const TileRows<Real>& rows,
                            Real* const* d_row, double* const* difference) {
    const int n = n_harmonics(descriptor.lmax);
    for_harmonics(descriptor, center, rows,
                  [&](int r, double radial, double slope, const PolynomialGradient<double>* at) {
                      const double inverse = 1 / (rows.distance[r] + descriptor.protection);
                      double along = 0, d[3] = {};  // of the radial part; of the vector d/(r + p)
                      for (int k = 0; k < n; ++k) {
                          const double g = double(d_row[k][r]);
                          along += g * at[k].value;
                          d[0] += g * radial * at[k].x;
                          d[1] += g * radial * at[k].y;
                          d[2] += g * radial * at[k].z;
                      }
                      double inside = 0;  // of the length in d/(r + p)
                      for (int b = 0; b < 3; ++b) inside += d[b] * rows.difference[b][r];
                      const double over_r = (along * slope - inside * inverse * inverse) / rows.distance[r];
                      for (int b = 0; b < 3; ++b) difference[b][r] += d[b] * inverse + over_r * rows.difference[b][r];
                  });
}

/// Adds what empty slots show to the moments of an atom before 1/N. Only the radial component of theirs is not zero.
template <class Real>
void add_empty_slots(const PackedSeAtten<Real>& descriptor, int center, const TileRows<Real>& rows, int atom,
                     Real* moments) {
    if (descriptor.empty_slot.empty()) return;
    const int stride = descriptor.stride;
    for (int t = 0; t < (descriptor.slots_by_type ? rows.n_types : 1); ++t) {
        const auto n_empty = static_cast<Real>(rows.empty_slots(t, atom));
        if (!(n_empty > Real(0))) continue;
        const int which = descriptor.slots_by_type ? t : descriptor.depends_on_first_atom ? rows.first_type : 0;
        const Real* slot =
            descriptor.empty_slot.data() + std::size_t(which * descriptor.n_types + center) * std::size_t(stride);
        for (int c = 0; c < stride; ++c) moments[c] += n_empty * slot[c];
    }
}

/// Adds what excluded neighbours show to the four first rows of the moments of an atom before 1/N.
template <class Real>
void add_excluded_rows(const PackedSeAtten<Real>& descriptor, int center, const TileRows<Real>& rows, int atom,
                       Real* moments) {
    if (descriptor.excluded_row.empty()) return;
    const auto size = 4 * std::size_t(descriptor.stride);
    for (int t = 0; t < rows.n_types; ++t) {
        const auto n = static_cast<Real>(rows.n_rowless[t * rows.n_atoms + atom]);
        const Real* row = descriptor.excluded_row.data() + std::size_t(center * rows.n_types + t) * size;
        for (std::size_t k = 0; k < size; ++k) moments[k] += n * row[k];
    }
}

/// Moments of the tile's atoms, with what empty slots and excluded neighbours add.
template <int n, class Real>
void sum_moments(const PackedSeAtten<Real>& descriptor, int center, const TileRows<Real>& rows,
                 const Features<Real>& features, SeAttenTape<Real>& tape) {
    const int stride = descriptor.stride;
    for (int a = 0; a < rows.n_atoms; ++a) {
        Real* m = tape.moments + std::size_t(a) * std::size_t(n * stride);
        Real* axis = tape.axis + std::size_t(a) * std::size_t(n * tape.axis_stride);
        for (int k = 0; k < n * stride; ++k) m[k] = Real(0);
        for (int t = 0; t < rows.n_types; ++t)
            accumulate_moments<n>(rows.begin(t, a), rows.end(t, a), tape.row, tape.g, stride, m);
        add_empty_slots(descriptor, center, rows, a, m);
        add_excluded_rows(descriptor, center, rows, a, m);
        for (int k = 0; k < n * stride; ++k) m[k] *= static_cast<Real>(descriptor.inverse_normalization);
        copy_axis<n>(m, tape.weights, stride, descriptor.n_axis, tape.axis_stride, axis);
        contract_moments<n>(descriptor.n_channels, descriptor.n_axis, m, stride, axis, tape.axis_stride,
                            features.row(a));
        Real* behind = features.row(a) + descriptor.n_channels * descriptor.n_axis;
        for (int k = 0; k < descriptor.n_output_types; ++k) behind[k] = descriptor.embedding_of_type(center)[k];
    }
}

template <int n, class Real>
void moments_to_rows(const PackedSeAtten<Real>& descriptor, const TileRows<Real>& rows,
                     const Features<Real>& d_features, const SeAttenTape<Real>& tape, Real* dg, Real* const* d_row,
                     Workspace& workspace) {
    const int stride = descriptor.stride, n_products = descriptor.n_channels * descriptor.n_axis;
    Real* d_moments = workspace.take<Real>(std::size_t(n * stride));
    Real* d_axis = workspace.take<Real>(std::size_t(n * tape.axis_stride));
    Real* of_atom = workspace.take<Real>(std::size_t(n_products) + std::size_t(lanes<Real>));
    for (int a = 0; a < rows.n_atoms; ++a) {
        const Real* m = tape.moments + std::size_t(a) * std::size_t(n * stride);
        const Real* axis = tape.axis + std::size_t(a) * std::size_t(n * tape.axis_stride);
        copy_gradient(d_features.row(a), n_products, of_atom);
        contract_moments_backward<n>(descriptor.n_channels, descriptor.n_axis, m, tape.weights, stride, axis,
                                     tape.axis_stride, of_atom, d_axis, d_moments);
        for (int k = 0; k < n * stride; ++k) d_moments[k] *= static_cast<Real>(descriptor.inverse_normalization);
        for (int t = 0; t < rows.n_types; ++t)
            moments_backward<n>(rows.begin(t, a), rows.end(t, a), tape.row, tape.g, stride, d_moments, dg, d_row);
    }
}

/// Calls f with the number of moment rows as a constant.
template <class F>
DPMD_HD void with_moment_rows(int lmax, F&& f) {
    switch (lmax) {
        case 1: return f(std::integral_constant<int, 4>());
        case 2: return f(std::integral_constant<int, 9>());
        case 3: return f(std::integral_constant<int, 16>());
        default: return f(std::integral_constant<int, 25>());
    }
}

/// From normalised environment rows to features; returns a SeAttenTape.
template <class Real>
const void* forward(const PackedSeAtten<Real>& descriptor, int center, const TileRows<Real>& rows,
                    const Features<Real>& features, Workspace& workspace, StageClock& clock) {
    auto* tape = workspace.take<SeAttenTape<Real>>(1);
    tape->smooth = take_smooth_rows(descriptor, rows, workspace);
    embed_with_types(descriptor, center, rows, *tape, workspace);
    if (!descriptor.attention.empty()) attend(descriptor, rows, *tape, workspace);
    clock.ends(Stage::embedding);
    fill_moment_rows(descriptor, center, rows, *tape, workspace);
    tape->axis_stride = round_up(descriptor.n_axis, lanes<Real>);
    with_moment_rows(descriptor.lmax, [&](auto n) {
        tape->moments = workspace.take<Real>(std::size_t(rows.n_atoms) * std::size_t(n * descriptor.stride));
        tape->axis = workspace.take<Real>(std::size_t(rows.n_atoms) * std::size_t(n * tape->axis_stride));
        sum_moments<n>(descriptor, center, rows, features, *tape);
    });
    clock.ends(Stage::descriptor);
    return tape;
}

/// strip: dg becomes the gradient of the network's outputs; adds that of the switch.
template <class Real>
void type_factors_backward(const PackedSeAtten<Real>& descriptor, int center, const TileRows<Real>& rows,
                           SeAttenTape<Real>& tape, Real* dg) {
    const int stride = descriptor.stride;
    for (int t = 0; t < rows.n_types; ++t) {
        const Real* factors = descriptor.factors(center, t);
        for (int r = rows.section[t]; r < rows.section[t] + rows.section_size[t]; ++r) {
            const Real w = descriptor.is_smooth ? tape.smooth.weight[r] : Real(1);
            const Real* plain = from_row(tape.plain, r, stride);
            Real* d = from_row(dg, r, stride);
            Vector<Real> sum{};
            for (int c = 0; c < stride; c += lanes<Real>) {
                const Vector<Real> f = load(factors + c), from = load(d + c);
                sum += from * load(plain + c) * f;
                store(d + c, from * (Real(1) + f * w));
            }
            if (descriptor.is_smooth) tape.smooth.d_weight[r] += sum_lanes<Real>(sum);
        }
    }
}

/// The gradients of switch and directions go on to the rows, or to the difference.
template <class Real>
void smooth_rows_backward(const PackedSeAtten<Real>& descriptor, int center, const TileRows<Real>& rows,
                          const SmoothRows<Real>& smooth, RowGradient<Real>& gradient) {
    const auto scale = static_cast<Real>(1 / descriptor.inverse_scale[std::size_t(center)]);
    for (int r = 0; r < rows.n_rows; ++r) {
        const Real slope = smooth.d_weight[r] * smooth.slope[r];
        if (descriptor.has_cubic_switch) {
            gradient.component[0][r] += slope * scale;
        } else {
            add_along_difference(rows, r, double(slope), gradient);
        }
    }
    if (descriptor.attention.empty()) return;
    const Real floor = descriptor.attention[0].norm_floor;
    for (int r = 0; r < rows.n_rows; ++r) {
        Real along(0);
        if (!(smooth.inverse_length[r] * floor >= Real(1)))
            for (int b = 0; b < 3; ++b) along += smooth.direction[b][r] * smooth.d_direction[b][r];
        for (int b = 0; b < 3; ++b)
            gradient.component[1 + b][r] +=
                (smooth.d_direction[b][r] - along * smooth.direction[b][r]) * smooth.inverse_length[r];
    }
}

/// The gradient of the rows from the derivatives of the features.
template <class Real>
void backward(const PackedSeAtten<Real>& descriptor, int center, const void* taped, const TileRows<Real>& rows,
              const Features<Real>& d_features, RowGradient<Real>& gradient, Workspace& workspace, StageClock& clock) {
    auto tape = *static_cast<const SeAttenTape<Real>*>(taped);
    const int stride = descriptor.stride;
    const auto n_rows = std::size_t(rows.n_rows);
    clear_difference(rows, gradient, workspace);
    Real* d_row[most_moment_rows];
    for (int k = 0; k < 4; ++k) d_row[k] = gradient.component[k];
    for (int k = 0; k < n_harmonics(descriptor.lmax); ++k) {
        d_row[4 + k] = workspace.take<Real>(n_rows);
        for (int r = 0; r < rows.n_rows; ++r) d_row[4 + k][r] = Real(0);
    }
    Real* dg = workspace.take<Real>(n_rows * std::size_t(stride));
    with_moment_rows(descriptor.lmax,
                     [&](auto n) { moments_to_rows<n>(descriptor, rows, d_features, tape, dg, d_row, workspace); });
    if (descriptor.lmax > 1) add_harmonics_backward(descriptor, center, rows, d_row + 4, gradient.difference);
    clock.ends(Stage::descriptor);

    if (!descriptor.attention.empty()) attend_backward(descriptor, rows, tape, dg, workspace);
    if (descriptor.is_strip) type_factors_backward(descriptor, center, rows, tape, dg);
    smooth_rows_backward(descriptor, center, rows, tape.smooth, gradient);
    Real* ds = workspace.take<Real>(n_rows);
    for (int t = 0; t < rows.n_types; ++t) {
        const int first = rows.section[t], end = first + rows.section_size[t], n = rows.padded_size(t);
        if (n == 0) continue;
        for (Real* d = from_row(dg, end, stride); d < from_row(dg, first + n, stride); ++d) *d = Real(0);
        const int in_stride = descriptor.is_strip ? 1 : descriptor.network.layers[0].in_stride;
        embedding_backward(descriptor.network, tape.nets[t], n, from_row(tape.x, first, in_stride),
                           from_row(dg, first, stride), ds + first, workspace);
        for (int r = first; r < end; ++r) gradient.component[0][r] += ds[r];
    }
    clock.ends(Stage::embedding);
}

}  // namespace dpmd::cpu::DPMD_ISA
