"""``python -m lineside`` is the command line."""

from lineside.cli import main

if __name__ == "__main__":
    main()
