"""Makes this folder's modules importable from every test below it: pytest puts a conftest's folder on the path."""
