"""`python -m kenali`: the command line where no script is on the path."""

from kenali.cli import main

if __name__ == "__main__":
    main()
