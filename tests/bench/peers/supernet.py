"""The supernet of DARTS cells (Liu, Simonyan & Yang 2019) in plain PyTorch.

Modules carry the names that the kit gives to the nodes of the same network, so that one file of
weights serves both.
"""

import torch
from torch import nn
from torch.nn import functional as F

from network import load_arrays

PRIMITIVES = [
    "none",
    "max_pool_3x3",
    "avg_pool_3x3",
    "skip_connect",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "dil_conv_3x3",
    "dil_conv_5x5",
]


def norm(channels):
    return nn.BatchNorm2d(channels, affine=False)


class Separable(nn.Module):
    """ReLU, depthwise and pointwise convolution, batch norm."""

    def __init__(self, channels, kernel, stride, dilation):
        super().__init__()
        padding = dilation * (kernel - 1) // 2
        self.depthwise = nn.Conv2d(
            channels, channels, kernel, stride, padding, dilation, groups=channels, bias=False
        )
        self.pointwise = nn.Conv2d(channels, channels, 1, bias=False)
        self.bn = norm(channels)

    def forward(self, x):
        return self.bn(self.pointwise(self.depthwise(F.relu(x))))


class Twice(nn.Module):
    def __init__(self, channels, kernel, stride):
        super().__init__()
        self.a = Separable(channels, kernel, stride, 1)
        self.b = Separable(channels, kernel, 1, 1)

    def forward(self, x):
        return self.b(self.a(x))


class Projection(nn.Module):
    """Other channels, and half the size where that is asked for."""

    def __init__(self, inner, channels, half):
        super().__init__()
        self.half = half
        self.conv = nn.Conv2d(inner, channels, 1, bias=False)
        self.bn = norm(channels)

    def forward(self, x):
        x = F.relu(x)
        return self.bn(self.conv(F.avg_pool2d(x, 2) if self.half else x))


class Pool(nn.Module):
    def __init__(self, kind, stride):
        super().__init__()
        self.kind, self.stride = kind, stride

    def forward(self, x):
        if self.kind == "max":
            return F.max_pool2d(x, 3, self.stride, 1)
        return F.avg_pool2d(x, 3, self.stride, 1, count_include_pad=False)


def make_op(name, channels, stride):
    kind, *_, size = name.split("_")
    if name == "skip_connect":
        return nn.Identity() if stride == 1 else Projection(channels, channels, True)
    if kind in ("max", "avg"):
        return Pool(kind, stride)
    kernel = int(size[0])
    return Twice(channels, kernel, stride) if kind == "sep" else Separable(channels, kernel, stride, 2)


class Mixed(nn.Module):
    """All operations of an edge times their gates; "none" adds nothing and is left out."""

    def __init__(self, channels, stride):
        super().__init__()
        for name in PRIMITIVES[1:]:
            self.add_module(name, make_op(name, channels, stride))

    def forward(self, x, gates):
        return sum(gate * op(x) for gate, op in zip(gates[1:], self.children()))


class Node(nn.Module):
    def __init__(self, channels, inputs, halved):
        super().__init__()
        for i in range(inputs):
            self.add_module(f"from{i}", Mixed(channels, 2 if i < halved else 1))

    def forward(self, values, gates):
        return sum(mixed(x, g) for mixed, x, g in zip(self.children(), values, gates))


class Cell(nn.Module):
    def __init__(self, inner, channels, reduces, halves):
        super().__init__()
        self.input0 = Projection(inner[0], channels, halves)
        self.input1 = Projection(inner[1], channels, False)
        self.kind = "reduce" if reduces else "normal"
        for node in range(2, 6):
            self.add_module(f"node{node}", Node(channels, node, 2 if reduces else 0))

    def forward(self, before, last, gates):
        values = [self.input0(before), self.input1(last)]
        for node in range(2, 6):
            rows = [gates[f"{self.kind} {i}→{node}"] for i in range(node)]
            values.append(getattr(self, f"node{node}")(values, rows))
        return torch.cat(values[2:], 1)


class Stem(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(3, channels, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x):
        return self.bn(self.conv(x))


class Head(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        return self.linear(x.mean((2, 3)))


class Supernet(nn.Module):
    """Images [batch, 3, height, width] and gates by choice to logits [batch, classes]."""

    def __init__(self, channels, cells, classes):
        super().__init__()
        self.stem = Stem(3 * channels)
        inner, halves = (3 * channels, 3 * channels), False
        reductions = {cells // 3, 2 * cells // 3}
        self.cells = [f"cell{i}" for i in range(cells)]
        for i, name in enumerate(self.cells):
            reduces = i in reductions
            channels *= 2 if reduces else 1
            self.add_module(name, Cell(inner, channels, reduces, halves))
            inner, halves = (inner[1], 4 * channels), reduces
        self.head = Head(inner[1], classes)

    def forward(self, x, gates):
        before = last = self.stem(x)
        for name in self.cells:
            before, last = last, getattr(self, name)(before, last, gates)
        return self.head(last)

    def load(self, arrays):
        load_arrays(self, arrays)
