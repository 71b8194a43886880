#include "importers/archive/pickle_instructions.hpp"

#include <utility>

#include "core/text.hpp"

namespace dpmd::importers {

namespace {

using Named = std::pair<std::uint8_t, std::string_view>;

constexpr Named others[] = {
    {'0', "POP"},       {'1', "POP_MARK"},       {'2', "DUP"},         {'F', "FLOAT"},           {'I', "INT"},
    {'L', "LONG"},      {'P', "PERSID"},         {'S', "STRING"},      {'T', "BINSTRING"},       {'U', "SHORT_BINSTRING"},
    {'V', "UNICODE"},   {'d', "DICT"},           {'g', "GET"},         {'i', "INST"},            {'l', "LIST"},
    {'o', "OBJ"},       {'p', "PUT"},            {0x82, "EXT1"},       {0x83, "EXT2"},           {0x84, "EXT4"},
    {0x8b, "LONG4"},    {0x8e, "BINBYTES8"},     {0x8f, "EMPTY_SET"},  {0x90, "ADDITEMS"},       {0x91, "FROZENSET"},
    {0x92, "NEWOBJ_EX"}, {0x96, "BYTEARRAY8"},   {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"},
};

}  // namespace

std::string foreign_instruction(std::uint8_t byte) {
    for (const auto& [code, name] : others)
        if (code == byte) return concat("the pickle instruction ", name, " is not one that PyTorch writes");
    return concat("a damaged pickle: no instruction has the number ", int(byte));
}

}  // namespace dpmd::importers
