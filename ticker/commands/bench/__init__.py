"""The bench: what is measured, the load, the servers, and the report."""
