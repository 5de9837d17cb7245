"""What a run leaves, in the forms in which it is used, and the check of a merge. Nothing heavy is imported here."""
