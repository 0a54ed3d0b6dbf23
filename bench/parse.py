"""What reading one mail costs: processor time for each mail of the test corpus, and the dearest of them.

python -m bench.parse [folder of .eml files]
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from channels.email.parse import read
from channels.message import Envelope

CORPUS = Path(__file__).parents[1] / "tests" / "data" / "mail"
ENVELOPE = Envelope("anna@example.se", ("kontakt@ekhamra.example",))
ROUNDS = 20


def milliseconds(raw: bytes, rounds: int = ROUNDS) -> float:
    """Processor time of one reading of `raw`: the median of `rounds`."""
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        read(raw, ENVELOPE)
        times.append(time.process_time() - begun)
    return 1000 * statistics.median(times)


def main(folder: Path = CORPUS) -> None:
    """Print the median, the 95th percentile and the dearest mails of `folder`."""
    costs = sorted((milliseconds(path.read_bytes()), path.name) for path in sorted(folder.glob("*.eml")))
    values = [cost for cost, _ in costs]
    middle, high = statistics.median(values), values[int(len(values) * 0.95)]
    print(f"{len(values)} mails: median {middle:.2f} ms, p95 {high:.2f} ms of processor time")
    for cost, name in costs[-5:]:
        print(f"  {cost:7.2f} ms  {name}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
