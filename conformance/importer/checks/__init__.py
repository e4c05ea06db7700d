"""From evidence to findings: what an importer's requests and its result break. One module a feature. Pure."""
