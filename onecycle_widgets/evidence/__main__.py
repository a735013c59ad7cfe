"""`python -m onecycle_widgets.evidence FOLDER`: make the stored experiments again."""

from .rebuild import main

if __name__ == "__main__":
    main()
