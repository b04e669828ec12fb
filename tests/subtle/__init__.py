"""Cases that linters get wrong: what is dangerous and looks safe, and the other way round."""
