"""One file a command: HELP, arguments(parser), run(arguments) to an exit code."""
