"""The sky that simulated cameras see: the same stars wherever it is looked at again."""
