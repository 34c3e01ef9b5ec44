"""Make docs/demo.svg anew: `python docs/make_demo_picture.py`, in the environment that `make demo` sets up.

It runs the job of `rommon demo` in this process and takes the live view's last picture. Nothing in it is drawn by hand.
"""

import hashlib
import io
import re
import socket
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from rommon_tool.job import Job, NetworkSettings
from rommon_tool.live_view import LiveView
from rommon_tool.procedures.load_image import run_job
from rommon_tool.progress import Progress

PICTURE = Path(__file__).with_name("demo.svg")
IMAGE = "asa984-22-lfbff-k8.SPA"
MEBIBYTES = 16
SPEED = 40
# rich links its font from a server; a picture in a document should fetch nothing.
_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


def main() -> None:
    """Run the demo and write the picture."""
    # No terminal: a live view is then drawn once, when it is closed.
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=False, highlight=False)
    console.print(Text(f"$ rommon demo --size {MEBIBYTES} --speed {SPEED}", style="bold"))
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / IMAGE
        image.write_bytes(b"".join(hashlib.sha256(b"%d" % n).digest() * (1 << 15) for n in range(MEBIBYTES)))
        run_demo(image, console)
    PICTURE.write_text(_FONT_FACE.sub("", console.export_svg(title="rommon demo")), encoding="utf-8")


def run_demo(image: Path, console: Console) -> None:
    """Recover a simulated ASA 5506-X over UDP on loopback, with the live view on `console`."""
    port = free_udp_port()
    job = Job(
        image=image,
        port=f"sim://asa5506x?speed={SPEED}&wire=127.0.0.1:{port}",
        network=NetworkSettings("10.86.118.4/24", "10.86.118.21", bind="127.0.0.1", tftp_port=port),
        device="demo",
    )
    progress = Progress("demo")
    with LiveView(verbose=False, console=console) as view:
        progress.subscribe(view)
        with run_job(job, progress) as run:
            run.finish()


def free_udp_port() -> int:
    """Return a UDP port that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
