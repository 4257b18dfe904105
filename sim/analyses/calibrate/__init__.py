"""Which parameters do observed patterns allow? Posteriors, and the layers of plausible worlds."""
