"""Right and wrong answers to every exercise, a module for each lesson, named by its subject."""
