"""What is changed in a file that is taken, and which of several like files stays."""
