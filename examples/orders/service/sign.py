"""Signs a folder: SHA256SUMS lists its files, SHA256SUMS.hmac is made of that and SIGNING_KEY."""

import hashlib
import hmac
import os
import pathlib
import sys


def main(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in files)
    signature = hmac.new(os.environ["SIGNING_KEY"].encode(), sums.encode(), hashlib.sha256).hexdigest()
    (folder / "SHA256SUMS").write_text(sums)
    (folder / "SHA256SUMS.hmac").write_text(signature + "\n")
    print(f"signed {len(files)} files")


main(pathlib.Path(sys.argv[1]))
