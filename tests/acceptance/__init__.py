"""The hard situations, A1 to A23, of docs/promises.md; each test says in its docstring which it is about."""
