"""python -m core.pretrain FOLDER"""

import argparse
from pathlib import Path

import torch

from core.pretrain.learn import Settings, learn
from core.pretrain.pool import CHUNK, fill


def main() -> None:
    """Draw what is to be learned from, learn, and say where the network lies."""
    usual = Settings()
    parser = argparse.ArgumentParser(prog="python -m core.pretrain", description=__doc__)
    parser.add_argument("folder", type=Path, help="where pictures, checkpoints and snapshots go; what is there goes on")
    parser.add_argument("--steps", type=int, default=usual.steps)
    parser.add_argument("--pairs", type=int, default=usual.pairs, help="pairs of views a step")
    parser.add_argument("--formulas", type=int, default=224 * CHUNK, help="how many to draw; 0.1 MB each on the disk")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--threads", type=int, default=0, help="of the processor; 0: as many as there are")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    told = parser.parse_args()
    if told.threads:
        torch.set_num_threads(told.threads)
    device = torch.device(told.device)
    settings = Settings(steps=told.steps, pairs=told.pairs, seed=told.seed)
    pool = fill(told.folder, max(1, told.formulas // CHUNK), 112, told.seed, device)
    print(learn(pool, told.folder, settings, device))


if __name__ == "__main__":
    main()
