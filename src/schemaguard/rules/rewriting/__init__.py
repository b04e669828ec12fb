"""Rules about tables that are written anew."""
