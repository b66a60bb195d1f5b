"""Reads the small part of JavaScript that rules are written in, as an ESTree.

https://github.com/estree/estree/blob/master/es5.md
"""

from __future__ import annotations

import re
from typing import Any

from connectors.sandbox.wire import Json

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)"""
    r"""|(?P<name>[A-Za-z_$][\w$]*)|(?P<mark>&&|\|\||[(){}\[\],.;:!]))"""
)
_LITERALS: dict[str, Any] = {"true": True, "false": False, "null": None}


def parse(code: str) -> Json:
    """The program. Raises ValueError with the place that cannot be read."""
    return _Parser(code).program()


class _Parser:
    def __init__(self, code: str) -> None:
        self._tokens = _tokens(code)
        self._place = 0

    def program(self) -> Json:
        body = []
        while self._peek():
            body.append(self._statement())
        return {"type": "Program", "sourceType": "script", "body": body}

    def _statement(self) -> Json:
        if self._take("{"):
            body = []
            while not self._take("}"):
                body.append(self._statement())
            return {"type": "BlockStatement", "body": body}
        if self._take("if"):
            self._need("(")
            test = self._either()
            self._need(")")
            consequent = self._statement()
            alternate = self._statement() if self._take("else") else None
            return {"type": "IfStatement", "test": test, "consequent": consequent, "alternate": alternate}
        expression = self._either()
        self._take(";")
        return {"type": "ExpressionStatement", "expression": expression}

    def _either(self) -> Json:
        left = self._both()
        while self._take("||"):
            left = {"type": "LogicalExpression", "operator": "||", "left": left, "right": self._both()}
        return left

    def _both(self) -> Json:
        left = self._not()
        while self._take("&&"):
            left = {"type": "LogicalExpression", "operator": "&&", "left": left, "right": self._not()}
        return left

    def _not(self) -> Json:
        if self._take("!"):
            return {"type": "UnaryExpression", "operator": "!", "prefix": True, "argument": self._not()}
        return self._trailed()

    def _trailed(self) -> Json:
        value = self._simple()
        while True:
            if self._take("."):
                name = {"type": "Identifier", "name": self._next()}
                value = {"type": "MemberExpression", "object": value, "property": name, "computed": False}
            elif self._take("("):
                value = {"type": "CallExpression", "callee": value, "arguments": self._until(")")}
            else:
                return value

    def _simple(self) -> Json:
        text = self._next()
        if text == "(":
            inner = self._either()
            self._need(")")
            return inner
        if text == "[":
            return {"type": "ArrayExpression", "elements": self._until("]")}
        if text == "{":
            return self._object()
        if text[0] in "'\"":
            return {"type": "Literal", "value": re.sub(r"\\(.)", r"\1", text[1:-1]), "raw": text}
        if text in _LITERALS:
            return {"type": "Literal", "value": _LITERALS[text], "raw": text}
        if re.fullmatch(r"-?\d+(\.\d+)?", text):
            return {"type": "Literal", "value": float(text) if "." in text else int(text), "raw": text}
        if re.fullmatch(r"[A-Za-z_$][\w$]*", text):
            return {"type": "Identifier", "name": text}
        raise ValueError(f"Unexpected {text!r} in the code.")

    def _object(self) -> Json:
        properties = []
        while not self._take("}"):
            token = self._next()
            key = token[1:-1] if token[0] in "'\"" else token
            self._need(":")
            node = {"type": "Identifier", "name": key}
            properties.append({"type": "Property", "kind": "init", "key": node, "value": self._either()})
            self._take(",")
        return {"type": "ObjectExpression", "properties": properties}

    def _until(self, end: str) -> list[Json]:
        values = []
        while not self._take(end):
            values.append(self._either())
            self._take(",")
        return values

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise ValueError("The code ends too early.")
        self._place += 1
        return token

    def _take(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._place += 1
        return True

    def _need(self, token: str) -> None:
        found = self._next()
        if found != token:
            raise ValueError(f"Expected {token!r} in the code, found {found!r}.")


def _tokens(code: str) -> list[str]:
    tokens, place, end = [], 0, len(code.rstrip())
    while place < end:
        found = _TOKEN.match(code, place)
        if found is None:
            raise ValueError(f"The code cannot be read at {code[place : place + 20]!r}.")
        tokens.append(found[0].strip())
        place = found.end()
    return tokens
