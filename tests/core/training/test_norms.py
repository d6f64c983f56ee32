"""Batch normalisation by two processes against torch's and timm's own by one: outputs, gradients, statistics."""

import os
import socket
import subprocess
import sys

import pytest

PROGRAM = """
import torch
from timm.layers import BatchNormAct2d
from torch import distributed, nn

from core.training.norms import bring_together

distributed.init_process_group("gloo")
rank = distributed.get_rank()
for norm in (nn.BatchNorm2d(3), BatchNormAct2d(3, act_layer=nn.ReLU)):
    for count in (7, 1):  # uneven parts; then a part of nothing
        torch.manual_seed(0)
        inputs, weigh = 2 + 3 * torch.randn(count, 3, 4, 4), torch.randn(count, 3, 4, 4)
        alone, own = type(norm)(3), type(norm)(3)
        for one in (alone, own):
            torch.manual_seed(1)
            nn.init.normal_(one.weight)
            nn.init.normal_(one.bias)
        bring_together(own)
        whole = inputs.clone().requires_grad_()
        wanted = alone(whole)
        (wanted * weigh).sum().backward()
        mine = slice(count * rank // 2, count * (rank + 1) // 2)
        part = inputs[mine].clone().requires_grad_()
        given = own(part)
        (given * weigh[mine]).sum().backward()
        for parameter in own.parameters():
            distributed.all_reduce(parameter.grad)
        pairs = [(given, wanted[mine]), (part.grad, whole.grad[mine])]
        pairs += zip((p.grad for p in own.parameters()), (p.grad for p in alone.parameters()))
        pairs += zip(own.buffers(), alone.buffers())
        for ours, theirs in pairs:
            assert torch.allclose(ours.float(), theirs.float(), atol=1e-4), (norm, count, ours, theirs)
        own.eval(), alone.eval()
        assert torch.allclose(own(inputs), alone(inputs), atol=1e-5)
distributed.destroy_process_group()
"""


@pytest.mark.timeout(1000)
def test_two_processes_normalise_as_one_does() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    both = [
        subprocess.Popen([sys.executable, "-c", PROGRAM], env={**os.environ, **place, "RANK": str(rank)}, stderr=-1)
        for rank in (0, 1)
    ]
    told = [process.communicate(timeout=900)[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], told
