"""``python -m dpmd`` is the ``dpmd`` command."""

from dpmd.command import main

if __name__ == "__main__":
    main()
