"""What is true: evidence read from its publishers' own files, with lineage and parameters."""
