#pragma once
// The compressed forms that one descriptor can have, from the samples of its nets: what the compressor asks of them.
#include <cstddef>
#include <string>

#include "models/local/compress/fold.hpp"
#include "models/local/compressed_term.hpp"

namespace dpmd::compress {

/// How closely a form follows the nets.
struct Accuracy {
    double error = 0;          ///< bases and tables leave out at most this of s dG/dr each, if their limits allow
    bool whole_basis = false;  ///< K = M: tables only
};

/// Largest deviation of any channel of any net from its form, over the whole range of the tables.
struct NetError {
    double value = 0, slope = 0;  ///< slope: of dG/dr, 1/Å
};

class DescriptorForms {
public:
    virtual ~DescriptorForms() = default;

    /// Why a form of this accuracy is too large for nets of this size; empty: it is not.
    virtual std::string refusal_of_tables(const Accuracy& accuracy) const = 0;
    /// A form of this accuracy, to which the centre types are added. Threads may add different ones at a time.
    virtual CompressedDescriptor form(const Accuracy& accuracy) const = 0;
    /// Adds a centre type, and puts the rows for its features into the first layer of its fitting net.
    virtual void add_center(std::size_t center, const Accuracy& accuracy, CompressedDescriptor& form,
                            FittingFold& fold) const = 0;
    virtual NetError deviation(const CompressedDescriptor& form) const = 0;
};

// Knots are cheap, a direction costs weights of the fitting net: the tables' share of the error is kept small.
constexpr double table_share = 0.02;

/// How many numbers a file holds for a net.
double count_numbers(const Network& network);

/// Why tables of so many bytes are too large for nets of so many numbers; empty: they are not. What compression may
/// cost grows with the file.
std::string refusal_of_tables(double bytes, double n_numbers);

}  // namespace dpmd::compress
