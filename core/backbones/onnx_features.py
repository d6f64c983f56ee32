"""Features by ONNX Runtime: exactly fp32, and on processors without short formats often the quickest way there is.

Making the graph costs seconds, so it is kept by weights and settings, and used where that pays.
"""

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.backbones.fuse import fused
from core.backbones.network import Network
from core.data.preprocessing import Preprocessing, normalise
from core.project import atomic, places

OPSET = 20
EXAMPLES = 2  # in the batch that is traced: of one picture the graph would believe that it is always one


def graph_path(network: Network, fingerprint: str) -> Path:
    """Where the graph of these numbers is kept, or would be."""
    key = [network.entry.name, dict(network.settings), network.image_size, fingerprint, torch.__version__, OPSET]
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]
    return places.cache_folder() / "graphs" / f"{name}.onnx"


def make_graph(network: Network, fingerprint: str) -> Path:
    """The graph of a network, folded, made unless it is there. Raises whatever torch's exporter raises."""
    path = graph_path(network, fingerprint)
    if path.is_file():
        return path
    ready = fused(network).cpu()
    example = torch.zeros(EXAMPLES, 3, network.image_size, network.image_size)
    with atomic.whole(path) as temporary, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        try:
            _traced(ready, example, temporary)
        except Exception:  # it follows one pass of the network: what that cannot hold, the other may
            _exported(ready, example, temporary)
    return path


def _traced(network: Network, example: Tensor, path: Path) -> None:
    """By torch's older exporter: 0.7 s where the newer one takes 9 (mobilenetv2_035), and the same speed or better."""
    torch.onnx.export(
        network, (example,), str(path), dynamo=False, opset_version=17, input_names=["pictures"],
        output_names=["features"], dynamic_axes={"pictures": {0: "batch"}, "features": {0: "batch"}},
    )  # fmt: skip


def _exported(network: Network, example: Tensor, path: Path) -> None:
    program = torch.onnx.export(
        network, (example,), dynamo=True, verbose=False, opset_version=OPSET, input_names=["pictures"],
        output_names=["features"], dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=4096)},),
    )  # fmt: skip
    assert program is not None
    program.save(str(path), external_data=False)


class OnnxExtractor:
    """The same as `Extractor` for the last features on a processor."""

    def __init__(self, network: Network, preprocessing: Preprocessing, fingerprint: str) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # as the rest of the engine has it
        options.log_severity_level = 3
        path = make_graph(network, fingerprint)
        self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._preprocessing = preprocessing
        self.width = network.feature_count

    def rows(self, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Features float32 [N, width] of pictures uint8 [N, S, S, 3], as one batch."""
        batch = normalise(torch.from_numpy(np.ascontiguousarray(pictures)), self._preprocessing).contiguous()
        (features,) = self._session.run(["features"], {"pictures": batch.numpy()})
        answer: npt.NDArray[np.float32] = features
        return answer
