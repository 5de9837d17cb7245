"""What came of generating tests, for people and for scripts: tables, JSON, and an HTML file. It runs nothing."""
