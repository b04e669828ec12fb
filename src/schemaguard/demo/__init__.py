"""The demo: a shop that is migrated while it is being used, and the story told of it."""
