"""Answers for pictures with an exported model. Needs onnxruntime, numpy and pillow; pi-heif too for HEIC files.

    python predict.py PICTURE_OR_FOLDER...

prints a line per picture: class, probability, path, and "not sure" where the model would rather not say. In your own
code:

    from predict import Model
    model = Model()
    chances = model.probabilities("picture.jpg")
    model.classes[model.answer(chances)], chances
"""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image, ImageCms

FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"]
ORIENTATION = 0x0112  # where EXIF says how the camera was held
TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

try:
    import pi_heif
except ImportError:
    pass
else:
    pi_heif.register_heif_opener()
    FORMATS.append("HEIF")


class Model:
    """The model beside this file. Cropping, resizing and normalising happen inside of it."""

    def __init__(self, path: Path | str | None = None) -> None:
        file = Path(path) if path else Path(__file__).resolve().parent / "model.onnx"
        self.session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        told = self.session.get_modelmeta().custom_metadata_map
        self.classes: list[str] = json.loads(told["labels"])
        self.threshold: float = json.loads(told.get("threshold", "null")) or 0.0  # below it, the answer is "not sure"
        self.line: dict[str, Any] | None = json.loads(
            told.get("line", "null")
        )  # from its threshold on, it is its label

    def probabilities(self, path: Path | str) -> Any:
        """float32 [classes]: the probability of each of `classes`, in their order."""
        return self.session.run(["probabilities"], {"image": decode(path)[None]})[0][0]

    def answer(self, probabilities: Any) -> int:
        """The number of the class: the likeliest, or as the line has it that was drawn for one class."""
        if self.line is None:
            return int(probabilities.argmax())
        place = self.classes.index(self.line["label"])
        if probabilities[place] >= self.line["threshold"]:
            return place
        return int(np.where(np.arange(len(self.classes)) == place, -1, probabilities).argmax())


def decode(path: Path | str) -> Any:
    """uint8 [height, width, 3], RGB: upright, transparency on white, 16 bits scaled to 8, the first of many frames."""
    with Image.open(path, formats=FORMATS) as image:
        image.load()
        picture, orientation = to_rgb(image), image.getexif().get(ORIENTATION, 1)
    return np.array(picture.transpose(TURNED[orientation]) if orientation in TURNED else picture)


def to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(to_bytes(np.asarray(image))).convert("RGB")
    if image.mode == "CMYK":
        return from_inks(image)
    if image.has_transparency_data:
        page = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(page, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def to_bytes(values: Any) -> Any:
    """Greys of more than 8 bits: 16 bits from their whole range, others from 0 to 1, 255 or 65535 or their own."""
    if values.dtype.itemsize == 2:
        return ((values.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    numbers = np.nan_to_num(values.astype(np.float64))
    low, high = float(numbers.min()), float(numbers.max())
    ceilings = (1.0, 255.0, 65535.0) if values.dtype.kind == "f" else (255.0, 65535.0)
    ceiling = next((ceiling for ceiling in ceilings if low >= 0 and high <= ceiling), None)
    if ceiling is None:
        numbers, ceiling = numbers - low, high - low
    return (numbers * (255 / ceiling)).round().astype(np.uint8)


def from_inks(image: Image.Image) -> Image.Image:
    """CMYK by the colour profile that the file brings, or by the plain formula."""
    profile = image.info.get("icc_profile")
    if profile:
        try:
            inks, screen = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, inks, screen, outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError):
            pass  # a profile that is broken or for other inks
    return image.convert("RGB")


def files_at(names: list[str]) -> Iterator[Path]:
    for path in map(Path, names):
        yield from sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def main(names: list[str]) -> int:
    if not names:
        print(__doc__)
        return 2
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name that the terminal cannot show must not end the list
        keeps = sys.stdout.encoding.lower() == "utf-8"
        sys.stdout.reconfigure(errors="surrogateescape" if keeps else "backslashreplace")
    model, unread = Model(), 0
    for path in files_at(names):
        try:
            chances = model.probabilities(path)
        except Exception as error:  # a broken picture must not end a long list
            print(f"{path}: {error}", file=sys.stderr)
            unread += 1
            continue
        best = model.answer(chances)
        doubt = "" if chances.max() >= model.threshold else "\tnot sure"
        print(f"{model.classes[best]}\t{chances[best]:.4f}\t{path}{doubt}")
    return 1 if unread else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
