// TorchScript models and PyTorch checkpoints: every kind is read, and what a tensor may not be.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "importers/torch/checkpoint.hpp"
#include "importers/torch/numbers.hpp"
#include "importers/torch/torchscript.hpp"
#include "models/file.hpp"
#include "support/expect_error.hpp"
#include "support/torch_documents.hpp"
#include "support/torch_files.hpp"

namespace dpmd::importers {

namespace {

using namespace testing;

/// The model after its way through a .dpmd file.
ModelData checked(const ImportedModel& model) {
    return read_model(model_file(model.data, model.source, model.training_script), "m");
}

ModelData script_model(const std::string& file) { return checked(read_torchscript(raw_bytes(file), "m.pth", {})); }

ImportedModel checkpoint_model(const std::string& file, const std::optional<std::string>& head = {}) {
    return read_checkpoint(raw_bytes(file), "m.pt", {}, head);
}

/// With another text in place of one that is there once.
std::string changed(std::string document, const std::string& old, const std::string& text) {
    EXPECT_NE(document.find(old), std::string::npos) << old;
    return document.replace(document.find(old), old.size(), text);
}

/// The numbers of a tensor of two elements.
std::vector<double> numbers(NumberType type, const std::string& stored) {
    const PickledStorage storage{"0", type, 2};
    PickledTensor tensor{.storage = &storage, .n_dimensions = 1};
    tensor.sizes[0] = 2;
    tensor.strides[0] = 1;
    return numbers_of(tensor, raw_bytes(stored));
}

}  // namespace

TEST(Torchscript, ModelsOfEveryKindAreRead) {
    for (const std::string& document : script_documents()) {
        const ModelData model = script_model(torch_file(document, true));
        EXPECT_EQ(model.type_map, (std::vector<std::string>{"O", "H"}));
        EXPECT_EQ(model.min_neighbor_distance, 0.9);
    }
}

TEST(Torchscript, WhatIsNoModelIsNamed) {
    const std::string document = script_documents().front();
    const auto read = [](const std::string& text) { script_model(torch_file(text, true)); };
    expect_input_error([&] { read(R"({"a": 1})"); }, {"m.pth: model is not a module of a TorchScript model"});
    expect_input_error([&] { read(R"({"@module": "EnergyModel"})"); }, {"model (EnergyModel): a model without one"});
    expect_input_error([&] { read(changed(document, "DescrptSeA", "DescrptDPA9")); },
                       {"model.atomic_model.descriptor: the descriptor 'DescrptDPA9' is not supported"});
    expect_input_error([&] { read(changed(document, "EnergyFittingNet", "DipoleFittingNet")); },
                       {"the fitting net 'DipoleFittingNet' is not supported"});
    expect_input_error([&] { read(changed(document, R"("sel": [3, 4])", R"("sel": [3, "4"])")); },
                       {"descriptor.sea.sel is not a list of counts"});
}

TEST(TorchCheckpoint, BothBackendsAreRead) {
    for (const std::string& document : checkpoint_documents()) {
        const bool has_heads = document.find("model_dict") != std::string::npos;
        const ImportedModel model =
            checkpoint_model(torch_file(document, false), has_heads ? std::optional("ice") : std::nullopt);
        EXPECT_EQ(checked(model).type_map.size(), 2u);
        EXPECT_EQ(model.notes.size(), has_heads ? 1u : 0u);
    }
}

TEST(TorchCheckpoint, HeadsAreChosenByName) {
    const std::string file = torch_file(checkpoint_documents().back(), false);
    expect_input_error([&] { checkpoint_model(file); },
                       {"m.pt: a multi-task checkpoint with the heads 'water', 'ice'; choose"});
    expect_input_error([&] { checkpoint_model(file, "steam"); },
                       {"no head 'steam' in it; its heads are 'water', 'ice'"});
    expect_input_error([&] { checkpoint_model(torch_file(checkpoint_documents().front(), false), "ice"); },
                       {"m.pt: head 'ice': only a multi-task checkpoint (.pt) has heads"});
    EXPECT_EQ(checkpoint_model(file, "water").notes,
              std::vector<std::string>{"the head 'water' of a multi-task checkpoint; others: 'ice'"});
}

TEST(TorchTensors, NumbersOfAllTypesBecomeFloat64) {
    const auto halves = [](std::uint16_t a, std::uint16_t b) { return record(U16(a), U16(b)); };
    EXPECT_EQ(numbers(NumberType::float16, halves(0x3C00, 0xC100)), (std::vector{1.0, -2.5}));
    EXPECT_EQ(numbers(NumberType::float16, halves(0x0001, 0x7BFF)), (std::vector{std::ldexp(1.0, -24), 65504.0}));
    EXPECT_EQ(numbers(NumberType::float16, halves(0xFC00, 0x7C00)), (std::vector{-HUGE_VAL, HUGE_VAL}));
    EXPECT_TRUE(std::isnan(numbers(NumberType::float16, halves(0x7E00, 0)).front()));
    EXPECT_EQ(numbers(NumberType::bfloat16, halves(0x3F80, 0xC020)), (std::vector{1.0, -2.5}));
    EXPECT_EQ(numbers(NumberType::int8, "\xff\x02"), (std::vector{-1.0, 2.0}));
    EXPECT_EQ(numbers(NumberType::uint8, "\xff\x02"), (std::vector{255.0, 2.0}));
    EXPECT_EQ(numbers(NumberType::boolean, std::string("\x02\0", 2)), (std::vector{1.0, 0.0}));
    EXPECT_EQ(numbers(NumberType::int64, record(~U64(0), U64(7))), (std::vector{-1.0, 7.0}));
    EXPECT_EQ(numbers(NumberType::float32, record(U32(0x3F800000), U32(0))), (std::vector{1.0, 0.0}));
}

TEST(TorchTensors, ATensorStaysInsideItsStorage) {
    const std::string text = script_documents().front();
    const TorchPickle file(json_document(text, "document"));
    // (1, 2, 1): the shape of out_bias
    const std::string shape = "(" + pickled_number(1) + pickled_number(2) + pickled_number(1) + "t";
    const auto with_shape = [&](int a, int b, int c) {
        const std::string other = "(" + pickled_number(a) + pickled_number(b) + pickled_number(c) + "t";
        return file.archive(true, changed(file.code(), shape, other));
    };
    expect_input_error([&] { script_model(with_shape(1, 3, 1)); }, {"the tensor reaches beyond its storage"});
    expect_input_error([&] { script_model(with_shape(1 << 30, 1 << 30, 1 << 30)); },
                       {"declares", "bytes, far more than"});
    expect_input_error([&] { script_model(with_shape(-1, 2, 1)); }, {"a tensor of shape [-1, 2, 1] and strides"});
    script_model(file.archive(true));
}

}  // namespace dpmd::importers
