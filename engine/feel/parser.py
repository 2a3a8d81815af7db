"""Pratt parser: FEEL text and the names in scope -> syntax tree."""

from __future__ import annotations

from engine.feel import brackets, numbers
from engine.feel import nodes as n
from engine.feel.brackets import COMPARE, COMPARISONS
from engine.feel.lexer import Token
from engine.feel.reader import KEYWORDS
from engine.feel.remedies import BARE_TEST
from engine.feel.type_reader import TypeReader
from engine.feel.types import ANY, Type

OR, AND = 1, 2
ADD, MULTIPLY, POWER, NEGATE, INSTANCE = range(COMPARE + 1, COMPARE + 6)


class Parser(TypeReader):
    """Reads one text into its tree.  in_endpoint: at the end of a range, which a `[` may close."""

    in_endpoint = False

    # expressions

    def expression(self, floor: int = 0) -> n.Node:
        """Read an expression whose operators bind tighter than floor."""
        self.depth_left -= 1
        if self.depth_left < 0:
            raise self.problem(
                f"式の入れ子が深すぎます（上限 {self.depth}）。", "式をいくつかに分けてください。"
            )
        left = self.prefix()
        left = self.operators(left, floor)
        self.depth_left += 1
        return left

    def operators(self, left: n.Node, floor: int) -> n.Node:
        rounds = 0
        while True:
            token = self.token
            binding = self.binding(token)
            if binding <= floor:
                return left
            rounds += 1
            if rounds > self.depth:
                raise self.problem(
                    f"演算の連なりが長すぎます（上限 {self.depth}）。",
                    "式をいくつかに分けてください。",
                )
            left = self.infix(left, token, binding)

    def binding(self, token: Token) -> int:
        if token.kind == "op":
            if token.text in ("+", "-"):
                return ADD
            if token.text in ("*", "/"):
                return MULTIPLY
            if token.text in COMPARISONS:
                return COMPARE
            return POWER if token.text == "**" else 0
        if token.kind == "name":
            return {
                "or": OR,
                "and": AND,
                "in": COMPARE,
                "between": COMPARE,
                "instance": INSTANCE,
            }.get(token.text, 0)
        return 0

    def infix(self, left: n.Node, token: Token, binding: int) -> n.Node:
        if binding in (ADD, MULTIPLY):
            rest = []
            while self.token.kind == "op" and self.binding(self.token) == binding:
                operator = self.take()
                rest.append((operator.text, self.expression(binding), operator.at))
            return n.Chain(token.at, left, tuple(rest))
        if binding in (OR, AND):
            operands = [left]
            while self.is_word(token.text):
                self.take()
                operands.append(self.expression(binding))
            return n.Logic(token.at, token.text, tuple(operands))
        self.take()
        if token.text == "**":
            return n.Power(token.at, left, self.expression(POWER))
        if token.text == "instance":
            self.expect("of")
            return n.InstanceOf(token.at, left, self.type())
        if token.text == "between":
            low = self.expression(COMPARE)
            self.expect("and")
            return n.Between(token.at, left, low, self.expression(COMPARE))
        if token.text == "in":
            return n.In(token.at, left, self.in_tests())
        if token.text == "=" and self.is_op("="):
            raise self.problem(
                "「==」という演算子はありません。", "「=」を一つだけ書いてください。"
            )
        return n.Comparison(token.at, token.text, left, self.expression(COMPARE))

    def prefix(self) -> n.Node:
        token = self.token
        if token.kind == "name":
            special = getattr(self, f"word_{token.text}", None) if token.text in KEYWORDS else None
            if special is not None and self.known_name() is None:
                node: n.Node = special(self.take())
                is_open = token.text in ("if", "for", "some", "every")
                return node if is_open else brackets.postfix(self, node)
            return brackets.postfix(self, n.Name(token.at, self.value_name()))
        if token.kind == "num":
            self.take()
            number = numbers.parse(token.text)
            if number is None:
                raise self.problem(
                    "数が大きすぎます。", "34桁・10の6144乗までの数にしてください。", token.at
                )
            return brackets.postfix(self, n.Literal(token.at, number))
        if token.kind == "str":
            self.take()
            return brackets.postfix(self, n.Literal(token.at, token.text))
        if token.kind == "op":
            return self.symbol(token)
        raise self.problem("式が途中で終わっています。", "続きを書いてください。")

    def value_name(self) -> str:
        name = self.name()
        if name == "?":
            self.values_used += 1
        return name

    def symbol(self, token: Token) -> n.Node:
        text = token.text
        if text == "-":
            self.take()
            return n.Negation(token.at, self.expression(NEGATE))
        if text == "(":
            return brackets.postfix(self, brackets.parenthesis(self))
        if text == "[":
            return brackets.postfix(self, brackets.bracket(self))
        if text == "{":
            return brackets.postfix(self, brackets.context(self))
        if text == "]":
            self.take()
            start = brackets.endpoint(self)
            return brackets.postfix(
                self, brackets.range_rest(self, token.at, start, included=False)
            )
        if text == "@":
            self.take()
            literal = self.take()
            if literal.kind != "str":
                raise self.problem(
                    "「@」の後に文字列がありません。",
                    '@"2026-05-07" のように書いてください。',
                    token.at,
                )
            return brackets.postfix(self, n.At(token.at, literal.text))
        if text in ("<", "<=", ">", ">=", "=", "!="):
            raise self.problem(
                f"「{text}」の左に比べる値がありません。", f"「{text}」の左に値を書いてください。"
            )
        raise self.problem(
            f"「{text}」から始まる式はありません。", "前後の括弧と演算子を確かめてください。"
        )

    # words

    def word_true(self, token: Token) -> n.Node:
        return n.Literal(token.at, True)

    def word_false(self, token: Token) -> n.Node:
        return n.Literal(token.at, False)

    def word_null(self, token: Token) -> n.Node:
        return n.Literal(token.at, None)

    def word_if(self, token: Token) -> n.Node:
        condition = self.expression()
        self.expect("then")
        then = self.expression()
        if self.token.kind == "end":
            raise self.problem(
                "「if」に「else」がありません。",
                "当てはまらないときの値を「else 値」と書いてください（なければ else null）。",
            )
        self.expect("else")
        return n.If(token.at, condition, then, self.expression())

    def word_for(self, token: Token) -> n.Node:
        iterators, scope = self.iterators()
        self.expect("return")
        self.learn("partial")
        body = self.expression()
        self.known = scope
        return n.For(token.at, iterators, body)

    def word_some(self, token: Token) -> n.Node:
        iterators, scope = self.iterators()
        self.expect("satisfies")
        condition = self.expression()
        self.known = scope
        return n.Quantified(token.at, token.text == "every", iterators, condition)

    word_every = word_some

    def iterators(
        self,
    ) -> tuple[tuple[n.Iterator, ...], dict[str, list[tuple[tuple[str, ...], str]]]]:
        """The `x in list` parts, and the names known before them."""
        scope = {k: list(v) for k, v in self.known.items()}
        found: list[n.Iterator] = []
        while True:
            name = self.name()
            self.expect("in")
            source = self.expression()
            if self.is_op(".."):
                source = brackets.bare_range(self, source)
            found.append(n.Iterator(name, source))
            self.learn(name)
            if not self.accept(","):
                return tuple(found), scope

    def word_function(self, token: Token) -> n.Node:
        self.expect("(")
        scope = {k: list(v) for k, v in self.known.items()}
        parameters: list[tuple[str, Type]] = []
        while not self.is_op(")"):
            name = self.key() or self.name()
            parameters.append((name, self.type() if self.accept(":") else ANY))
            self.learn(name)
            if not self.more(")"):
                break
        self.expect(")")
        external = self.is_word("external")
        if external:
            self.take()
        body = self.expression()
        self.known = scope
        return n.FunctionOf(token.at, tuple(parameters), body, external)

    # unary tests

    def in_tests(self) -> tuple[n.Test, ...]:
        if self.is_op("("):
            start = self.index
            self.take()
            outer, self.in_endpoint = self.in_endpoint, False
            tests = self.test_list()
            self.in_endpoint = outer
            if self.accept(")") and not self.continues():
                return tests
            self.index = start
        return (self.test(COMPARE),)

    def continues(self) -> bool:
        """True when what stood in brackets after `in` is only the beginning of a larger operand."""
        return self.token.kind == "op" and self.token.text in (
            ".",
            "[",
            "+",
            "-",
            "*",
            "/",
            "**",
            "..",
        )

    def test_list(self, *, of_cell: bool = False) -> tuple[n.Test, ...]:
        """of_cell: what is tested is the value of the cell's column, `?`."""
        found: list[n.Test] = []
        while True:
            remedy = BARE_TEST.get(self.token.text) if of_cell else None
            if remedy and self.token.kind == "name" and self.known_name() is None:
                raise self.problem(f"「{self.token.text}」の左に値がありません。", remedy)
            found.append(self.test(0))
            if self.is_op(".."):
                return tuple(found)
            if not self.accept(","):
                return tuple(found)

    def test(self, floor: int) -> n.Test:
        token = self.token
        used = self.values_used
        if token.kind == "op" and token.text in COMPARISONS:
            self.take()
            return n.Test(token.at, token.text, self.expression(COMPARE), False)
        node = self.expression(floor)
        return n.Test(token.at, "", node, self.values_used > used)

    def unary_tests(self) -> n.Tests:
        """The whole text as unary tests: `-`, `not(...)` or tests divided by commas."""
        if self.token.kind == "end" or (
            self.is_op("-") and self.tokens[self.index + 1].kind == "end"
        ):
            self.index = len(self.tokens) - 1
            return n.Tests(0, (), False)
        if self.is_word("not") and self.tokens[self.index + 1].text == "(":
            start = self.index
            self.index += 2
            tests = self.test_list(of_cell=True)
            if self.accept(")") and self.token.kind == "end":
                return n.Tests(0, tests, True)
            self.index = start
        tests = self.test_list(of_cell=True)
        self.finish()
        return n.Tests(0, tests, False)
