"""Settings out of environment variables, typed; checks at start; what production refuses."""
