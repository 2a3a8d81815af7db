"""`python -m web` is the `tetsuzuki` command."""

from web.commands import main

if __name__ == "__main__":
    main(prog_name="tetsuzuki")
