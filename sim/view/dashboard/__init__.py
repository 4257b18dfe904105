"""The laboratory in the browser: controls made from the schema, answers with bands, two worlds side by side."""
