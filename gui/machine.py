"""What the machine does while it trains: device, precision, pictures a second, memory."""

import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from gui import words

SPAN = 30  # steps over which the speed is averaged


class Speed:
    """Steps a second, from the moments at which they were heard of."""

    def __init__(self) -> None:
        self._heard: deque[tuple[int, float]] = deque(maxlen=SPAN)

    def step(self, number: int) -> None:
        self._heard.append((number, time.monotonic()))

    def pause(self) -> None:
        """What stands still is not slow."""
        self._heard.clear()

    def per_second(self) -> float:
        """0 while there is too little to tell."""
        if len(self._heard) < 3:
            return 0.0
        (first, began), (last, now) = self._heard[0], self._heard[-1]
        return (last - first) / (now - began) if now > began else 0.0


def memory_of(process: int) -> int:
    """Bytes of memory that a process holds; 0 where that cannot be known."""
    import psutil

    try:
        return int(psutil.Process(process).memory_info().rss)
    except psutil.Error:
        return 0


def machine_text(resolved: Mapping[str, Any], steps_per_second: float, memory: int) -> str:
    """`Processor, 2 threads · fp32 · 87 pictures a second · 1.2 GB of memory`: what is known of it."""
    parts = []
    if device := resolved.get("device"):
        name = words.choice_name("training.device", str(device))
        threads = int(resolved.get("threads") or 0)
        count = words.translate("Machine", "{device}, %n thread(s)", "", threads).format(device=name)
        parts.append(count if device == "cpu" and threads else name)
    if precision := resolved.get("precision"):
        parts.append(str(precision))
    batch = int(resolved.get("batch_size") or 0)
    if batch:
        parts.append(words.translate("Machine", "batches of {count}").format(count=words.count(batch)))
    if steps_per_second > 0 and batch:
        speed = words.count(round(steps_per_second * batch))
        parts.append(words.translate("Machine", "{count} pictures a second").format(count=speed))
    if memory and parts:
        parts.append(words.translate("Machine", "{size} of memory").format(size=words.bytes_text(memory)))
    return " · ".join(parts)
