#include "importers/torch/heads.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "core/text.hpp"
#include "importers/kind.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

constexpr std::string_view default_head = "Default";
constexpr std::size_t most_shown = 32;
// settings that several heads may have by a name
constexpr std::array<std::string_view, 3> shareable{"type_map", "descriptor", "fitting_net"};

struct Head {
    std::string_view name;
    const PickledMapping* settings;
};

/// The heads by all their names in order; a head's own name counts before the alias of another.
class Names {
public:
    explicit Names(const std::vector<Head>& heads) {
        for (const Head& head : heads)
            for (const std::string_view alias : aliases_of(*head.settings)) add(alias, head);
        for (const Head& head : heads) add(head.name, head);
    }

    const Head* find(std::string_view name) const {
        const auto found = by_name_.find(name);
        return found != by_name_.end() ? found->second : nullptr;
    }
    /// Those that are no head's own name.
    std::vector<std::string_view> aliases() const {
        std::vector<std::string_view> out;
        for (const std::string_view name : order_)
            if (find(name)->name != name) out.push_back(name);
        return out;
    }

private:
    static std::vector<std::string_view> aliases_of(const PickledMapping& settings) {
        std::vector<std::string_view> out;
        const Pickled* value = settings.find("model_branch_alias");
        auto* const* list = value != nullptr ? std::get_if<PickledSequence*>(value) : nullptr;
        if (list != nullptr && (*list)->is_list)
            for (const Pickled& one : (*list)->items)
                if (const auto* text = std::get_if<std::string_view>(&one)) out.push_back(*text);
        return out;
    }
    void add(std::string_view name, const Head& head) {
        if (by_name_.insert_or_assign(name, &head).second) order_.push_back(name);
    }

    std::map<std::string_view, const Head*> by_name_;
    std::vector<std::string_view> order_;
};

template <class Texts, class Text>
std::string listed(const Texts& texts, const Text& text_of) {
    std::string out;
    for (std::size_t k = 0; k < std::min(texts.size(), most_shown); ++k)
        out += concat(k > 0 ? ", " : "", shown(text_of(texts[k])));
    return texts.size() > most_shown ? out + ", …" : out;
}

std::string listed(const std::vector<Head>& heads) {
    return listed(heads, [](const Head& head) { return head.name; });
}

std::vector<Head> heads_in(const Pickled& model_dict, const std::string& path) {
    std::vector<Head> out;
    bool are_heads = false;
    if (auto* const* mapping = std::get_if<PickledMapping*>(&model_dict)) {
        are_heads = !(*mapping)->members().empty();
        for (const auto& [key, value] : (*mapping)->members()) {
            const auto* name = std::get_if<std::string_view>(&key);
            auto* const* settings = std::get_if<PickledMapping*>(&value);
            if (name != nullptr && settings != nullptr) out.push_back({*name, *settings});
            else are_heads = false;
        }
    }
    if (!are_heads)
        throw InputError(concat(path, ": its model_dict does not hold the settings of heads; the file is corrupt"));
    return out;
}

const Head& named_head(const std::vector<Head>& heads, std::string_view name, const std::string& path) {
    const Names names(heads);
    if (const Head* found = names.find(name)) return *found;
    const auto aliases = names.aliases();
    const std::string also =
        aliases.empty() ? "" : ", also called " + listed(aliases, [](std::string_view alias) { return alias; });
    throw InputError(concat(path, ": no head ", shown(name), " in it; its heads are ", listed(heads), also));
}

const Head& only_or_default(const std::vector<Head>& heads, TorchArchive& archive) {
    if (const Head* found = Names(heads).find(default_head)) return *found;
    if (heads.size() == 1) return heads.front();
    std::set<std::string> refused;
    for (const Head& head : heads)
        refused.insert(
            kind_of(archive.value(const_cast<PickledMapping*>(head.settings), archive.path())).unsupported());
    if (!refused.contains("")) {
        const std::vector<std::string> kinds(refused.begin(), refused.end());
        throw refusal(archive.path(), concat(joined(kinds, ", "), ", in every head (", listed(heads), "),"));
    }
    throw InputError(concat(archive.path(), ": a multi-task checkpoint with the heads ", listed(heads),
                            "; choose one with --head NAME, or with head= in Python"));
}

/// The settings of a head, with what it shares with others, which may stand there by its name.
Value with_shared(const PickledMapping& settings, const Pickled* shared, TorchArchive& archive) {
    auto* const* pool = shared != nullptr ? std::get_if<PickledMapping*>(shared) : nullptr;
    Mapping out;
    for (const auto& [key, value] : settings.members()) {
        const auto* text = std::get_if<std::string_view>(&key);
        const std::string name = text != nullptr ? std::string(*text) : shown(key);
        const auto* reference = std::get_if<std::string_view>(&value);
        const bool may_refer = pool != nullptr && reference != nullptr &&
                               std::find(shareable.begin(), shareable.end(), name) != shareable.end();
        const Pickled* found = may_refer ? (*pool)->find(reference->substr(0, reference->find(':'))) : nullptr;
        out.push_back({name, archive.value(found != nullptr ? *found : value, archive.path())});
    }
    return Value(std::move(out));
}

}  // namespace

ChosenHead chosen_head(const PickledMapping& params, const std::optional<std::string>& head, TorchArchive& archive) {
    const Pickled* model_dict = params.find("model_dict");
    if (model_dict == nullptr || std::holds_alternative<std::monostate>(*model_dict)) {
        if (head) throw only_one_model(archive.path(), *head, "checkpoint of one model");
        return {std::string(default_head), with_shared(params, nullptr, archive), {}};
    }
    std::vector<Head> heads = heads_in(*model_dict, archive.path());
    const Head chosen = head ? named_head(heads, *head, archive.path()) : only_or_default(heads, archive);
    std::erase_if(heads, [&](const Head& one) { return one.name == chosen.name; });
    ChosenHead out{std::string(chosen.name), with_shared(*chosen.settings, params.find("shared_dict"), archive), {}};
    if (!heads.empty())
        out.notes.push_back(
            concat("the head ", shown(chosen.name), " of a multi-task checkpoint; others: ", listed(heads)));
    return out;
}

InputError only_one_model(const std::string& path, std::string_view head, std::string_view what) {
    return InputError(concat(path, ": head ", shown(head),
                             ": only a multi-task checkpoint (.pt) has heads, and this is a ", what,
                             "; leave the head out"));
}

}  // namespace dpmd::importers
