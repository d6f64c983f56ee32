"""The few lines of Python that are written beside a safetensors file and load it without any of Graft's code."""

from dataclasses import dataclass

from core.data.preprocessing import Preprocessing
from core.data.resizing import BAR_GREY, ROUNDING

_HEAD = '''"""Loads {file}. Needs torch, {library} and safetensors."""

import json
from pathlib import Path

import {library}
import torch
from safetensors.torch import load_file

card = json.loads(Path(__file__).with_name({card}).read_text(encoding="utf-8"))
'''

_PLAIN = """model = {make}(card["backbone"], num_classes=len(card["classes"]), **card["settings"])
"""

_GENERAL = '''

class Classifier(torch.nn.Module):
    """The library's network without its own classifier, and the head that was trained."""

    def __init__(self):
        super().__init__()
{layers}
        self.head = torch.nn.Linear(card["features"], len(card["classes"]))

    def forward(self, pictures):
        features = self.layers(pictures)
        return self.head({pooled})


model = Classifier()
'''

_STAGES = '''

class Classifier(torch.nn.Module):
    """The library's network, read at its inner stages, and the head that was trained."""

    def __init__(self):
        super().__init__()
{layers}
        for stage in card["stages"]:
            self.layers.get_submodule(stage).register_forward_hook(self.keep)
        self.head = torch.nn.Linear(card["features"], len(card["classes"]))

    def keep(self, module, inputs, output):
        self.kept.append(output if isinstance(output, torch.Tensor) else output[0])

    def forward(self, pictures):
        self.kept = []
        features = self.layers(pictures)
        return self.head({pooled})


model = Classifier()
'''

_LAYERS = {
    "timm": """        self.layers = timm.create_model(card["backbone"], num_classes=0, **card["settings"])""",
    "torchvision": """        self.layers = torchvision.models.get_model(card["backbone"], **card["settings"])
        self.layers.set_submodule(card["classifier"], torch.nn.Identity())""",
}

_TAIL = '''model.load_state_dict(load_file(Path(__file__).with_name({file})))
model.eval()


def prepare(pictures):
    """uint8 [N, H, W, 3] RGB to what the model takes: float32 [N, 3, S, S]."""
    size = card["preprocessing"]["size"]
    mean, std = (torch.tensor(card["preprocessing"][name]).view(3, 1, 1) for name in ("mean", "std"))
    height, width = pictures.shape[1:3]
{fit}
    return (squares / 255 - mean) / std

{see}
def resize(pictures, height, width):
    pictures = pictures.permute(0, 3, 1, 2).float()
    resized = torch.nn.functional.interpolate(pictures, size=(height, width), mode="bilinear", antialias=True)
    return (resized + {rounding}).floor().clamp(0, 255)


@torch.inference_mode()
def probabilities(pictures):
    """float32 [N, C], in the order of card["classes"], of pictures uint8 [N, H, W, 3] RGB."""
    {answer}
    return torch.softmax(logits / card["temperature"], dim=-1)
'''

_ONE = """logits = model(prepare(pictures))"""

# Test-time augmentation: the mean probability over several views of each picture.
_SEE = '''
def see(squares, left, top, side, mirrored):
    """One view: a square cut out and enlarged again, perhaps mirrored."""
    size = squares.shape[-1]
    seen = squares[:, :, top : top + side, left : left + side]
    if side < size:
        seen = torch.nn.functional.interpolate(seen, size=(size, size), mode="bilinear")
    return seen.flip(3) if mirrored else seen

'''
_SEVERAL = """squares = prepare(pictures)
    chances = [torch.softmax(model(see(squares, **view)), dim=-1) for view in card["views"]]
    logits = torch.stack(chances).mean(0).clamp_min(1e-38).log()"""

_FITS = {
    "crop": """    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    squares = resize(pictures[:, top : top + side, left : left + side], size, size)""",
    "stretch": "    squares = resize(pictures, size, size)",
    "letterbox": """    longer = max(height, width)
    inner_height, inner_width = (max(1, (2 * side * size + longer) // (2 * longer)) for side in (height, width))
    top, left = (size - inner_height) // 2, (size - inner_width) // 2
    bars = (left, size - inner_width - left, top, size - inner_height - top)
    squares = torch.nn.functional.pad(resize(pictures, inner_height, inner_width), bars, value={grey})""",
}


@dataclass(frozen=True, slots=True)
class Build:
    """How the network is put together again. `kind` is `plain` (the library's classifier took the head's numbers),
    `general` or `stages`; `pooled` turns `features`, and what was kept of inner stages, into [N, D]; `resize_to` is set
    where the network must be told."""

    library: str
    kind: str
    pooled: str = "features"
    resize_to: int | None = None


def source(build: Build, preprocessing: Preprocessing, file: str, card: str, several_views: bool = False) -> str:
    """The Python file that loads `file` with the help of `card`, names of files beside it."""
    make = "timm.create_model" if build.library == "timm" else "torchvision.models.get_model"
    template = {"plain": _PLAIN, "general": _GENERAL, "stages": _STAGES}[build.kind]
    body = template.format(make=make, layers=_LAYERS[build.library], pooled=build.pooled)
    if build.resize_to:
        network = "model" if build.kind == "plain" else "model.layers"
        body += f"{network}.set_input_size(img_size={build.resize_to})\n"
    fit = _FITS[preprocessing.fit].format(grey=BAR_GREY)
    head = _HEAD.format(file=ascii(file)[1:-1], library=build.library, card=ascii(card))
    see, answer = (_SEE, _SEVERAL) if several_views else ("", _ONE)
    return head + body + _TAIL.format(file=ascii(file), fit=fit, rounding=ROUNDING, see=see, answer=answer)
