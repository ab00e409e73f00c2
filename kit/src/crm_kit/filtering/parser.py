"""From text to sentence structure by the grammar of AIP-160 (https://google.aip.dev/160).

    expression = sequence { "AND" sequence }       sequence    = factor { factor }
    factor     = term { "OR" term }                term        = [ "NOT" | "-" ] simple
    simple     = restriction | "(" expression ")"  restriction = comparable [ comparator arg ]
    comparable = member | function                 arg         = comparable | "(" expression ")"

OR binds tighter than AND. A sequence means AND. Written by hand because a general parser generator costs milliseconds
where this costs microseconds, and cannot say as precisely what to do.
"""

from functools import lru_cache

from crm_kit.filtering.faults import QueryError, syntax
from crm_kit.filtering.lexer import END, Token, plain_literal, quoted_literal, tokenize
from crm_kit.filtering.syntax import And, Argument, Call, Filter, Literal, Node, Not, Or, Restriction, Search

MAX_BYTES, MAX_TERMS, MAX_DEPTH = 2048, 20, 32
MAX_ARGUMENTS = 4

KEYWORDS = frozenset({"AND", "OR", "NOT"})


@lru_cache(maxsize=4096)
def parse(text: str) -> Filter:
    """The structure of a condition of at most 2 KB, 20 terms and 32 levels; raises QueryError naming the place."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise syntax(error.start, "this is not a character. Remove it.", "此处不是有效字符，请删除。") from None
    if size > MAX_BYTES:
        raise QueryError(
            "FILTER_TOO_LONG",
            f"The condition has {size} bytes; at most {MAX_BYTES} are allowed. Shorten it.",
            f"条件长度为 {size} 字节，最多 {MAX_BYTES} 字节，请缩短。",
        )
    if "\0" in text:
        raise syntax(text.index("\0"), "a NUL character is not allowed. Remove it.", "不允许出现空字符，请删除。")
    tokens = tokenize(text)
    if tokens[0].kind == END:
        return Filter(text, None)
    return Filter(text, Sentence(tokens).whole())


class Sentence:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.terms = 0
        self.depth = 0
        self.in_values = False

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def sees(self, kind: str, text: str) -> bool:
        token = self.tokens[self.at]
        return token.kind == kind and token.text == text

    def whole(self) -> Node:
        root = self.expression()
        if self.next.kind != END:
            raise self.unexpected()
        return root

    def unexpected(self) -> QueryError:
        token = self.next
        if token.kind == END:
            return syntax(token.position, "the condition ends too early. Complete it.", "条件不完整，请补全。")
        return syntax(
            token.position,
            f"{token.text} is not expected here. Remove it or quote the value.",
            f"此处不应出现 {token.text}，请删除或给值加引号。",
        )

    def expression(self) -> Node:
        parts = self.sequence()
        while self.sees("text", "AND"):
            self.take()
            parts += self.sequence()
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def sequence(self) -> list[Node]:
        parts = [self.factor()]
        while self.starts_term():
            parts.append(self.factor())
        return parts

    def starts_term(self) -> bool:
        token = self.next
        return (
            token.kind == "string"
            or (token.kind == "mark" and token.text == "(")
            or (token.kind == "text" and token.text not in {"AND", "OR"})
        )

    def factor(self) -> Node:
        parts = [self.term()]
        while self.sees("text", "OR"):
            self.take()
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def term(self) -> Node:
        token = self.next
        if token.kind == "text" and token.text == "NOT":
            self.take()
            return Not(self.simple())
        negative = self.in_values and token.text[1:2].isdigit()
        if token.kind == "text" and token.text.startswith("-") and not negative:
            self.minus(token)
            return Not(self.simple())
        return self.simple()

    def minus(self, token: Token) -> None:
        """Consumes the minus only: what follows it directly is the negated term."""
        rest = token.text[1:]
        if rest:
            self.tokens[self.at] = Token("text", rest, token.position + 1, token.end)
        else:
            self.take()
            if self.next.position != token.end:
                raise syntax(token.position, "write the minus directly before a term.", "减号必须紧挨着条件。")

    def simple(self) -> Node:
        if self.sees("mark", "("):
            return self.group()
        start = self.next
        comparable = self.comparable()
        if self.next.kind != "comparator":
            if isinstance(comparable, Call):
                raise syntax(
                    start.position,
                    f"{comparable.name}() is a value. Compare a field with it.",
                    f"{comparable.name}() 是一个值，请把字段与它比较。",
                )
            self.count(start)
            return Search(comparable)
        if isinstance(comparable, Call) or comparable.quoted or comparable.stars:
            raise syntax(
                start.position, "only a field can be compared. Begin with its name.", "只能比较字段，请以字段名开头。"
            )
        comparator = self.take()
        if self.sees("mark", "("):
            return self.distributed(comparable.text, comparator)
        self.count(start)
        return Restriction(comparable.text, comparator.text, self.argument(), start.position)

    def group(self) -> Node:
        start = self.take()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise QueryError(
                "FILTER_TOO_DEEP",
                f"At character {start.position + 1}: parentheses nest deeper than {MAX_DEPTH}. Flatten the condition.",
                f"第 {start.position + 1} 个字符处：括号嵌套超过 {MAX_DEPTH} 层，请简化条件。",
            )
        inner = self.expression()
        self.depth -= 1
        if not self.sees("mark", ")"):
            if self.next.kind == END:
                raise syntax(
                    start.position, "this parenthesis is never closed. Close it.", "括号没有结束，请补上右括号。"
                )
            raise self.unexpected()
        self.take()
        return inner

    def distributed(self, name: str, comparator: Token) -> Node:
        """``state = (A OR B)`` means ``state = A OR state = B``."""
        if comparator.text not in {"=", ":"}:
            raise syntax(
                comparator.position,
                f"{comparator.text} takes one value. Write NOT {name} = (…) or compare each value.",
                f"{comparator.text} 只能接一个值，请改写为 NOT {name} = (…) 或逐个比较。",
            )
        outer, self.in_values = self.in_values, True
        values = self.group()
        self.in_values = outer
        return self.spread(values, name, comparator)

    def spread(self, node: Node, name: str, comparator: Token) -> Node:
        match node:
            case Search(literal):
                return Restriction(name, comparator.text, literal, literal.position)
            case Not(part):
                return Not(self.spread(part, name, comparator))
            case And(parts):
                return And(tuple(self.spread(part, name, comparator) for part in parts))
            case Or(parts):
                return Or(tuple(self.spread(part, name, comparator) for part in parts))
            case Restriction(position=position):
                raise syntax(position, "only values may stand in these parentheses.", "此括号内只能写值。")

    def argument(self) -> Argument:
        if self.next.kind not in {"text", "string"} or (self.next.kind == "text" and self.next.text in KEYWORDS):
            raise self.unexpected()
        return self.comparable()

    def comparable(self) -> Argument:
        first = self.next
        if first.kind == "string":
            self.take()
            return quoted_literal(first)
        if first.kind != "text" or first.text in KEYWORDS:
            raise self.unexpected()
        self.take()
        text = first.text
        while self.sees("mark", "."):
            self.take()
            if self.next.kind not in {"text", "string"}:
                raise self.unexpected()
            member = self.take()
            text += "." + (member.text if member.kind == "text" else quoted_literal(member).text)
        if self.sees("mark", "(") and self.next.position == self.tokens[self.at - 1].end:
            return self.call(text, first.position)
        return plain_literal(text, first.position)

    def call(self, name: str, position: int) -> Call:
        self.take()
        arguments: list[Literal] = []
        while not self.sees("mark", ")"):
            if arguments:
                if not self.sees("mark", ",") or len(arguments) == MAX_ARGUMENTS:
                    raise self.unexpected()
                self.take()
            if self.next.kind == "text" and self.tokens[self.at + 1].text == "(":
                raise syntax(self.next.position, "a function takes plain values.", "函数的参数只能是普通值。")
            arguments.append(self.plain())
        self.take()
        return Call(name, tuple(arguments), position)

    def plain(self) -> Literal:
        value = self.argument()
        if isinstance(value, Call):
            raise syntax(value.position, "a function takes plain values.", "函数的参数只能是普通值。")
        return value

    def count(self, token: Token) -> None:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise QueryError(
                "FILTER_TOO_MANY_TERMS",
                f"At character {token.position + 1}: a condition may have {MAX_TERMS} terms. Split it.",
                f"第 {token.position + 1} 个字符处：一个条件最多 {MAX_TERMS} 项，请拆分。",
            )
