// The tables of the ensembles: they cover every member, and everything made from them writes and reads all values.
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "dpmd/ensemble.hpp"
#include "io/json.hpp"
#include "md/describe_ensemble.hpp"
#include "md/ensemble_json.hpp"

namespace dpmd::md {
namespace {

/// Converts to a member of any type.
struct Anything {
    template <class T>
    operator T() const;
};
template <std::size_t>
using AnythingAt = Anything;

template <class E, std::size_t... k>
constexpr bool takes(std::index_sequence<k...>) {
    return requires { E{AnythingAt<k>{}...}; };
}

/// The number of members of an aggregate.
template <class E, std::size_t n = 0>
constexpr std::size_t n_members() {
    if constexpr (takes<E>(std::make_index_sequence<n + 1>{})) return n_members<E, n + 1>();
    else return n;
}

void change(double& value) { value = 3 * value + 0.1; }
void change(int& value) { value += 2; }
void change(Coupling& value) { value = Coupling::full; }

/// An ensemble in which no member has its default.
template <class E>
E changed() {
    E ensemble;
    for_each_parameter<E>([&](const auto& row) { change(ensemble.*row.member); });
    return ensemble;
}

template <class E>
class EveryEnsemble : public ::testing::Test {};

template <class Variant>
struct AsTypes;
template <class... E>
struct AsTypes<std::variant<E...>> {
    using Types = ::testing::Types<E...>;
};
TYPED_TEST_SUITE(EveryEnsemble, AsTypes<Ensemble>::Types);

TYPED_TEST(EveryEnsemble, HasARowForEachOfItsMembers) {
    EXPECT_EQ(std::tuple_size_v<std::remove_cvref_t<decltype(TypeParam::parameters)>>, n_members<TypeParam>());
}

TYPED_TEST(EveryEnsemble, IsTheSameAfterJson) {
    const Ensemble ensemble = changed<TypeParam>();

    EXPECT_EQ(ensemble_from_json(Json::parse(to_json(ensemble), "test")), ensemble);
    EXPECT_EQ(n_members<TypeParam>() > 0, ensemble != Ensemble(TypeParam{}));
}

TYPED_TEST(EveryEnsemble, NamesEachParameterInItsText) {
    const std::string text = describe(changed<TypeParam>());

    EXPECT_EQ(text.find(std::string(TypeParam::kind.name) + "("), 0u);
    for_each_parameter<TypeParam>(
        [&](const auto& row) { EXPECT_NE(text.find(std::string(row.name) + "="), std::string::npos) << text; });
}

TEST(EnsembleJson, HasTheMembersOfOlderCheckpoints) {
    EXPECT_EQ(to_json(Nve{}), R"({"name":"NVE"})");
    EXPECT_EQ(to_json(Bussi{300, 0.5}), R"({"name":"Bussi","temperature":300,"damping":0.5})");
    EXPECT_EQ(to_json(NoseHoover{300, 50, 4}), R"({"name":"NoseHoover","temperature":300,"damping":50,"chain":4})");
    EXPECT_EQ(
        to_json(Mtk{300, -1, 50, 500, Coupling::full, 2}),
        R"({"name":"MTK","temperature":300,"pressure":-1,"damping":50,"pressure_damping":500,"full":1,"chain":2})");
}

TEST(EnsembleText, IsWhatPythonWrites) {
    EXPECT_EQ(describe(Nve{}), "NVE()");
    EXPECT_EQ(describe(Mtk{300, 1, 50, 500, Coupling::full, 2}),
              "MTK(temperature=300, pressure=1, damping=50, pressure_damping=500, coupling='full', chain=2)");
}

}  // namespace
}  // namespace dpmd::md
