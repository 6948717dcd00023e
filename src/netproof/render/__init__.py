"""The desired state, or the site, in other tools' words; one file a language."""
