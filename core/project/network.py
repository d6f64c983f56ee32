"""How downloads reach the network: a mirror of the hub and a proxy, chosen once for all projects.

What the environment says (HF_ENDPOINT, HTTPS_PROXY) goes before what was chosen here.
"""

import json
import os
from collections.abc import MutableMapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import UserError
from core.project import atomic, places

MIRROR_VARIABLE = "HF_ENDPOINT"
PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY")


@dataclass(frozen=True, slots=True)
class Network:
    """Addresses such as `https://mirror.example`; empty: the usual one, or none."""

    mirror: str = ""
    proxy: str = ""


def chosen() -> Network:
    """What was chosen; nothing where the file is missing or damaged."""
    try:
        kept = json.loads(_file().read_text(encoding="utf-8"))
        return Network(str(kept["mirror"]), str(kept["proxy"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Network()


def choose(network: Network) -> None:
    """Keep the choice. Raises UserError BAD_OPTION for what is no address."""
    for field, address in asdict(network).items():
        parts = urlsplit(address)
        if address and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise UserError(
                "BAD_OPTION", field=field, value=address, reason="an address begins with https:// or http://"
            )
    atomic.write_json(_file(), asdict(network))


def apply(environment: MutableMapping[str, str]) -> None:
    """Put the choice where the libraries look for it, unless something stands there."""
    network = chosen()
    if network.mirror:
        environment.setdefault(MIRROR_VARIABLE, network.mirror.rstrip("/"))
    for name in PROXY_VARIABLES:
        if network.proxy and name.lower() not in environment:
            environment.setdefault(name, network.proxy)


def from_environment() -> Network:
    """What the environment says already, and so overrules every choice."""
    proxies = (os.environ.get(name) or os.environ.get(name.lower(), "") for name in PROXY_VARIABLES)
    return Network(os.environ.get(MIRROR_VARIABLE, ""), next(filter(None, proxies), ""))


def _file() -> Path:
    return places.data_folder() / "network.json"
