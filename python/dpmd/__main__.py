"""``python -m dpmd`` is the ``dpmd`` command."""

from dpmd.cli import main

if __name__ == "__main__":
    main()
