"""What holds the prose of each page, a module for each, named by its subject: see `prose.py`.

`stored` is no page's: it has words for what the stored experiments say.
"""
