"""One file for each way of keeping migrations as SQL files; the file's name is the layout's."""
