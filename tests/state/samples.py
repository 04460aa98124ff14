"""Files that an earlier version left, copied to where a test can use them.

``tests/data/earlier_version/README.md`` says which there are and how they were made.
"""

import re
import shutil
import zlib
from pathlib import Path

from rc_tail.config.credentials import Credentials
from rc_tail.config.folders import Folders
from rc_tail.simulator.service.options import Options

SAMPLES = Path(__file__).parents[1] / "data" / "earlier_version"
# Written in every sample: the simulator that it was made with, and whose files they are.
SERVER = "http://127.0.0.1:53117"
OWNER = "f6035e0d80c8dff39590197353c32996"
CREDENTIALS = Credentials(Options().client_id, Options().client_secret, Options().jwt)
# Unix seconds with a fraction; uuids and ids have none.
_TIME = re.compile(r"(?<![\d.\"])\d{10}\.\d+")


def copy_sample(name: str, home: Path) -> Folders:
    """Copy a sample to `home`, with the modes that a checkout does not keep; return its folders."""
    shutil.copytree(SAMPLES / name, home, dirs_exist_ok=True)
    for path in home.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return Folders(
        config=home / "config" / "rc-tail",
        cache=home / "cache" / "rc-tail",
        state=home / "state" / "rc-tail",
    )


def move_to(server: str, home: Path, *, ahead: float) -> None:
    """Let a copied sample be of another simulator, and of another time.

    Files belong to a server and to a hash of server and credentials, and a test has a simulator on
    a port of its own. So both are replaced, in contents and in names, all times are moved by the
    same difference, and the check sum of the state is written anew. All else stays byte for byte.

    Args:
        server: The address of the test's simulator.
        home: Where the sample was copied to.
        ahead: How many seconds are added to all times.
    """
    owner = CREDENTIALS.fingerprint(server)
    for path in sorted(home.rglob("*")):
        if path.suffix in (".json", ".jsonl"):
            text = path.read_text().replace(SERVER, server).replace(OWNER, owner)
            path.write_text(_TIME.sub(lambda at: repr(float(at[0]) + ahead), text))
        if OWNER in path.name:
            path.rename(path.with_name(path.name.replace(OWNER, owner)))
    for state in home.glob("state/rc-tail/resume/*.json"):
        _sign(state)


def _sign(state: Path) -> None:
    """Write the check sum of a state file anew: the CRC-32 of the bytes of its state."""
    head, body = state.read_text().split(',"state":', 1)
    crc = zlib.crc32(body.removesuffix("}").encode())
    state.write_text(re.sub(r'"crc":\d+', f'"crc":{crc}', head) + f',"state":{body}')
