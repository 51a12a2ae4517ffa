"""Prompts, one Markdown file each; read with `importlib.resources`."""
