"""What the main job is measured against, each in a process of its own: `python -m tests.benchmarks.references`.

`tutorial` is the official PyTorch transfer-learning tutorial's recipe; `hand_written` is what an expert in a hurry
would write instead. Both take the same pictures and the same weights, and neither counts its imports.
"""

import argparse
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import timm
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

SIZE = 224
ENDINGS = {".jpg", ".jpeg", ".png", ".gif"}
PARTS = ("train", "val")


def backbone(weights: Path | None, name: str = "mobilenetv2_035") -> nn.Module:
    """With random numbers where there are no weights: as fast, and not as right."""
    network = timm.create_model(name, num_classes=0, **({"pad_type": "same"} if weights else {}))
    if weights:
        network.load_state_dict(load_file(weights))
    return network


def hand_written(folder: Path, weights: Path) -> float:
    """Decode once on two threads, run the frozen backbone once, fit a linear head by L-BFGS; validation accuracy."""
    network = backbone(weights).eval().to(memory_format=torch.channels_last)
    paths = {part: sorted(p for p in (folder / part).rglob("*") if p.suffix.lower() in ENDINGS) for part in PARTS}
    classes = sorted({path.parent.name for path in paths["train"]})
    labels = {part: torch.tensor([classes.index(p.parent.name) for p in paths[part]]) for part in PARTS}
    features = {}
    with ThreadPoolExecutor(2) as pool, torch.inference_mode():
        for part in PARTS:
            pictures = torch.from_numpy(np.stack(list(pool.map(decode, paths[part]))))
            batches = pictures.permute(0, 3, 1, 2).split(32)
            features[part] = torch.cat([network(batch.float() / 127.5 - 1) for batch in batches])
    mean, spread = features["train"].mean(0), features["train"].std(0) + 1e-6
    features = {part: ((values - mean) / spread).clone() for part, values in features.items()}
    head = fit(features["train"], labels["train"], len(classes))
    return float((head(features["val"]).argmax(1) == labels["val"]).float().mean())


def decode(path: Path) -> np.ndarray:
    """The centre of a picture as uint8 [SIZE, SIZE, 3]; large JPEGs are decoded at a fraction of their size."""
    with Image.open(path) as picture:
        picture.draft("RGB", (SIZE, SIZE))
        side = min(picture.size)
        left, top = (picture.width - side) / 2, (picture.height - side) / 2
        box = (left, top, left + side, top + side)
        return np.asarray(picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR, box))


def fit(features: Tensor, labels: Tensor, classes: int, weight_decay: float = 1e-2) -> nn.Linear:
    """Multinomial logistic regression by full-batch L-BFGS."""
    head = nn.Linear(features.shape[1], classes)
    nn.init.zeros_(head.weight)
    optimizer = torch.optim.LBFGS(head.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = functional.cross_entropy(head(features), labels) + weight_decay / 2 * head.weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return head


def tutorial(folder: Path, network: nn.Module, epochs: int = 10) -> float:
    """The official tutorial's recipe, whole network, on the processor; the best validation accuracy."""
    normalise = [transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)]
    views = {
        "train": transforms.Compose(
            [transforms.RandomResizedCrop(SIZE), transforms.RandomHorizontalFlip(), *normalise]
        ),
        "val": transforms.Compose([transforms.Resize(256), transforms.CenterCrop(SIZE), *normalise]),
    }
    sets = {part: datasets.ImageFolder(folder / part, views[part], is_valid_file=is_picture) for part in PARTS}
    loaders = {part: DataLoader(sets[part], batch_size=4, shuffle=True, num_workers=4) for part in PARTS}
    model = nn.Sequential(network, nn.Linear(network.num_features, len(sets["train"].classes)))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.1)
    best = 0.0
    for _ in range(epochs):
        for part in PARTS:
            model.train(part == "train")
            right = 0
            for inputs, labels in loaders[part]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(part == "train"):
                    outputs = model(inputs)
                    loss = criterion(outputs, labels)
                    if part == "train":
                        loss.backward()
                        optimizer.step()
                right += int((outputs.argmax(1) == labels).sum())
            if part == "train":
                scheduler.step()
            else:
                best = max(best, right / len(sets[part]))
    return best


def is_picture(path: str) -> bool:
    return Path(path).suffix.lower() in ENDINGS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["hand_written", "tutorial"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--network", default="mobilenetv2_035", help="another one learns from random numbers")
    given = parser.parse_args()
    torch.manual_seed(0)
    began = time.monotonic()
    if given.name == "tutorial":
        weights = given.weights if given.network == "mobilenetv2_035" else None
        accuracy = tutorial(given.folder, backbone(weights, given.network), given.epochs)
    else:
        accuracy = hand_written(given.folder, given.weights)
    print(json.dumps({"seconds": round(time.monotonic() - began, 3), "accuracy": round(accuracy, 4)}))


if __name__ == "__main__":
    main()
