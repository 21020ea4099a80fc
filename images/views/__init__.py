"""The archive's endpoints: in (uploads), find, out (downloads and the files themselves)."""
