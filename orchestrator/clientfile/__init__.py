"""One client as a YAML file: read strictly, compared with what is stored, applied all or nothing."""
