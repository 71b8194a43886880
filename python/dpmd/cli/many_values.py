"""Several values behind one option: ``-s a b c`` for ``-s a -s b -s c``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperOption


class ManyValues(TyperCommand):
    """A command whose options that may be repeated also take several words at once.

    They do so up to the next option, where the command's own arguments, if it has any, stand before: in
    ``dpmd deviation a.pb b.pb -s x y`` the words x and y belong to -s, in ``dpmd deviation -s x a.pb b.pb``
    only x does.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse with every value behind an option of its own."""
        return super().parse_args(ctx, spread(args, self.params))


def spread(words: Sequence[str], parameters: Sequence[Any]) -> list[str]:
    """The words of a command line in which every option takes one value."""
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
