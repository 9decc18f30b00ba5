"""What PostgreSQL's own grammar finds in statements: an oracle for whoever looks at their words.

usage: statement_grammar.py < {"name": "text", …}    prints {"name": {"nodes": […], "functions": […], "tables": […], "columns": […]}, …}
"""

import json
import sys

from pglast import ast, parse_sql
from pglast.enums import LockWaitPolicy
from pglast.visitors import Visitor


class Finder(Visitor):
    def __init__(self):
        self.nodes, self.functions, self.tables, self.columns = set(), set(), set(), set()

    def visit(self, ancestors, node):
        self.nodes.add(type(node).__name__)

    def visit_FuncCall(self, ancestors, node):
        self.visit(ancestors, node)
        self.functions.add(node.funcname[-1].sval)

    def visit_RangeVar(self, ancestors, node):
        self.visit(ancestors, node)
        # What stands in a WITH is a name of the statement's own.
        self.tables.add(node.relname)

    def visit_CommonTableExpr(self, ancestors, node):
        self.visit(ancestors, node)
        self.columns.add(f"WITH {node.ctename}")

    def visit_ColumnRef(self, ancestors, node):
        self.visit(ancestors, node)
        last = node.fields[-1]
        if isinstance(last, ast.String):
            self.columns.add(last.sval)

    def visit_ResTarget(self, ancestors, node):
        self.visit(ancestors, node)
        if node.name:
            self.columns.add(node.name)

    def visit_LockingClause(self, ancestors, node):
        self.visit(ancestors, node)
        if node.waitPolicy != LockWaitPolicy.LockWaitBlock:
            self.nodes.add(f"LockingClause {node.waitPolicy.name}")

    def visit_RangeSubselect(self, ancestors, node):
        self.visit(ancestors, node)
        if node.lateral:
            self.nodes.add("RangeSubselect LATERAL")

    @property
    def found(self):
        own = {name.removeprefix("WITH ") for name in self.columns if name.startswith("WITH ")}
        return {
            "nodes": sorted(self.nodes),
            "functions": sorted(self.functions),
            "tables": sorted(self.tables - own),
            "columns": sorted(name for name in self.columns if not name.startswith("WITH ")),
        }


def look(text):
    statements = parse_sql(text)
    assert len(statements) == 1, f"{len(statements)} statements in one"
    finder = Finder()
    finder(statements[0].stmt)
    return finder.found


print(json.dumps({name: look(text) for name, text in json.load(sys.stdin).items()}))
