"""Several values after one option: ``-s a b c`` for ``-s a -s b -s c``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperOption


class ManyValues(TyperCommand):
    """A command whose repeatable options also take several words at once.

    They take all words up to the next option, provided that the command's own arguments, if any, come first: in
    ``dpmd deviation a.pb b.pb -s x y`` the words x and y belong to -s, in ``dpmd deviation -s x a.pb b.pb``
    only x does.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words with an option before every value."""
        return super().parse_args(ctx, spread(args, self.params))


def spread(words: Sequence[str], parameters: Sequence[Any]) -> list[str]:
    """Rewrite a command line so that every option takes one value."""
    options = {name: one for one in parameters if isinstance(one, TyperOption) for name in one.opts}
    arguments_given = not any(isinstance(one, TyperArgument) for one in parameters)
    out, k = [], 0
    while k < len(words):
        word = words[k]
        out.append(word)
        k += 1
        if word == "--":
            return out + list(words[k:])
        if not _is_option(word):
            arguments_given = True
        elif word in options and not options[word].is_flag:
            out += words[k : k + 1]
            k += 1
            while options[word].multiple and arguments_given and k < len(words) and not _is_option(words[k]):
                out += [word, words[k]]
                k += 1
    return out


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"
