"""`python -m lightbrush` is `lightbrush`."""

from lightbrush.cli import main

if __name__ == "__main__":
    main()
