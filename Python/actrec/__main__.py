"""The command ``actrec``: the program inside the package, in place of this process."""
import os
import sys

from actrec._program import program
from actrec.errors import ProgramMissing


def main() -> None:
    try:
        path = program()
    except ProgramMissing as error:
        sys.exit(f"actrec: error: {error}")
    os.execv(path, ["actrec", *sys.argv[1:]])


if __name__ == "__main__":
    main()
