"""Makes this folder's modules (`played_line`) importable from every test below it: pytest puts a conftest's folder on the path."""
