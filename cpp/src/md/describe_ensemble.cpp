#include "md/describe_ensemble.hpp"

#include "core/text.hpp"

namespace dpmd::md {
namespace {

template <class T>
std::string text(T value) {
    return concat(value);
}
std::string text(Coupling coupling) { return concat("'", coupling_names[std::size_t(coupling)], "'"); }

}  // namespace

std::string describe(const Ensemble& ensemble) {
    return std::visit(
        []<class E>(const E& e) {
            std::string list;
            for_each_parameter<E>(
                [&](const auto& row) { list += concat(list.empty() ? "" : ", ", row.name, "=", text(e.*row.member)); });
            return concat(E::kind.name, "(", list, ")");
        },
        ensemble);
}

}  // namespace dpmd::md
