"""Reads type names: list<number>, context<a: string>, function<number> -> string."""

from __future__ import annotations

from engine.feel.reader import Reader
from engine.feel.types import Type, context_type, function_type, list_type, named_type, range_type


class TypeReader(Reader):
    """A reader that also reads types."""

    def type(self) -> Type:
        self.depth_left -= 1
        if self.depth_left < 0:
            raise self.problem("型の入れ子が深すぎます。", "型を簡単にしてください。")
        name = self.token.text if self.token.kind == "name" else ""
        follows = self.tokens[self.index + 1] if name else self.token
        found: Type
        if name in ("list", "range", "context", "function") and follows.text == "<":
            self.index += 2
            found = getattr(self, f"type_{name}")()
        else:
            text = self.take().text if name in ("function", "null") else self.name()
            while self.accept("."):
                text += "." + self.name()
            found = named_type(text)
        self.depth_left += 1
        return found

    def type_list(self) -> Type:
        inner = self.type()
        self.expect(">")
        return list_type(inner)

    def type_range(self) -> Type:
        inner = self.type()
        self.expect(">")
        return range_type(inner)

    def type_context(self) -> Type:
        fields: dict[str, Type] = {}
        while not self.is_op(">"):
            name = self.key() or self.name()
            self.expect(":")
            fields[name] = self.type()
            if not self.more(">"):
                break
        self.expect(">")
        return context_type(fields)

    def type_function(self) -> Type:
        parameters: list[Type] = []
        while not self.is_op(">"):
            parameters.append(self.type())
            if not self.more(">"):
                break
        self.expect(">")
        self.expect("->")
        return function_type(tuple(parameters), self.type())
