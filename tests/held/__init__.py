"""What holds the prose of each page, a module for each, named by its subject: see `prose.py`."""
