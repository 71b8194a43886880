// Formats are told by the content of a file, and what is no model is named.
#include <gtest/gtest.h>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "importers/formats.hpp"
#include "support/expect_error.hpp"

namespace dpmd::importers {
namespace {

Format format(std::string_view content, const std::string& path) {
    return format_of(std::as_bytes(std::span(content)), path);
}

void expect_refusal(std::string_view content, const std::string& path, std::initializer_list<std::string> words) {
    testing::expect_input_error([&] { format(content, path); }, words);
}

const std::string zeros(100, '\0');

TEST(Formats, TheContentTellsTheFormatAndNotTheName) {
    EXPECT_EQ(format("\n\x3f\n\x05input\x12\x0bPlaceholder" + zeros, "m.dpmd"), Format::tensorflow_graph);
    EXPECT_EQ(format("\x89HDF\r\n\x1a\n" + zeros, "m.pb"), Format::dpmodel_hdf5);
    EXPECT_EQ(format("model:\n  type: standard\n", "m"), Format::dpmodel_yaml);
    EXPECT_EQ(format("\x10" + std::string(7, '\0') + "{\"__metadata__\":1}", "m"), Format::dpmd);
}

TEST(Formats, WhatIsNoModelIsNamed) {
    expect_refusal("", "m.pb", {"m.pb: the file is empty"});
    expect_refusal("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "m.pb",
                   {"m.pb: a Git LFS pointer", "git lfs pull"});
    expect_refusal("192\nLattice=\"12.4 0 0 0 12.4 0 0 0 12.4\"\nO 0 0 0\n", "w.extxyz",
                   {"structure (XYZ)", "dpmd run"});
    expect_refusal("ITEM: TIMESTEP\n0\n", "w.dump", {"structure (LAMMPS dump)"});
    expect_refusal("# water\n\n192 atoms\n2 atom types\n", "w.lmp", {"structure (LAMMPS data)"});
    expect_refusal("# by hand\n\ndata_water\n_cell_length_a 3\n", "w.cif", {"structure (CIF)"});
    expect_refusal("CRYST1   12.4\n", "w.pdb", {"structure (PDB)"});
    expect_refusal("water\n1.0\n", "POSCAR", {"structure (VASP)"});
    expect_refusal("[run]\n", "run.toml", {"an input of dpmd run", "dpmd run run.toml"});
    expect_refusal("node {\n  name: \"x\"\n}\n", "m.pbtxt", {"a graph as text", "dp convert-from pbtxt"});
    expect_refusal("\x93NUMPY" + zeros, "coord.npy", {"a NumPy array", "-s of dpmd test"});
    expect_refusal("\x80\x02" + zeros, "m.pt", {"older than the zip format"});
    expect_refusal("\xff\xfe" + zeros, "m.pth",
                   {"not a model format that dpmd reads", "promises a DeePMD-kit TorchScript"});
    expect_refusal("PK\x03\x04" + zeros, "m.pth", {"m.pth"});
}

}  // namespace
}  // namespace dpmd::importers
