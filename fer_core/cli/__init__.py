"""The command line: main.py is the parser, every other module a verb."""
