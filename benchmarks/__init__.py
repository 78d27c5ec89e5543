"""How fast convcli is, beside its peers, and who computes what exactly."""
