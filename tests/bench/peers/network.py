"""The networks of NAS-Bench-201 (Dong & Yang 2020) in plain PyTorch.

Modules carry the names that the kit gives to the nodes of the same network, so that one file of
weights serves both.
"""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F


class ReluConvBn(nn.Module):
    def __init__(self, channels, kernel, norm):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, kernel, padding=kernel // 2, bias=False)
        self.bn = norm(channels)

    def forward(self, x):
        return self.bn(self.conv(F.relu(x)))


class AvgPool(nn.Module):
    def forward(self, x):
        return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


def make_edge(op, channels, norm):
    if op == "nor_conv_3x3":
        return ReluConvBn(channels, 3, norm)
    if op == "nor_conv_1x1":
        return ReluConvBn(channels, 1, norm)
    if op == "avg_pool_3x3":
        return AvgPool()
    if op == "skip_connect":
        return nn.Identity()
    raise ValueError(f"no such operation: {op}")


class Cell(nn.Module):
    """Four nodes; the value of a node is the sum of its edges. `none` edges are left out."""

    def __init__(self, arch, channels, norm):
        super().__init__()
        self.nodes = []
        for node, part in enumerate(arch.split("+"), start=1):
            edges = []
            for edge in part.strip("|").split("|"):
                op, source = edge.split("~")
                if op != "none":
                    name = f"edge{source}_{node}"
                    self.add_module(name, make_edge(op, channels, norm))
                    edges.append((int(source), name))
            if not edges:
                raise ValueError(f"node {node} of {arch} has no input")
            self.nodes.append(edges)

    def forward(self, x):
        values = [x]
        for edges in self.nodes:
            total = None
            for source, name in edges:
                value = getattr(self, name)(values[source])
                total = value if total is None else total + value
            values.append(total)
        return values[-1]


class Reduction(nn.Module):
    """Halves the image and doubles the channels."""

    def __init__(self, channels, norm):
        super().__init__()
        wide = 2 * channels
        self.conv_a = nn.Conv2d(channels, wide, 3, stride=2, padding=1, bias=False)
        self.bn_a = norm(wide)
        self.conv_b = nn.Conv2d(wide, wide, 3, padding=1, bias=False)
        self.bn_b = norm(wide)
        self.shortcut = nn.Conv2d(channels, wide, 1, bias=False)

    def forward(self, x):
        y = self.bn_a(self.conv_a(F.relu(x)))
        y = self.bn_b(self.conv_b(F.relu(y)))
        return y + self.shortcut(F.avg_pool2d(x, 2))


class Stem(nn.Module):
    def __init__(self, channels, norm):
        super().__init__()
        self.conv = nn.Conv2d(3, channels, 3, padding=1, bias=False)
        self.bn = norm(channels)

    def forward(self, x):
        return self.bn(self.conv(x))


class Head(nn.Module):
    def __init__(self, channels, classes, norm):
        super().__init__()
        self.bn = norm(channels)
        self.linear = nn.Linear(channels, classes)

    def map(self, x):
        """The last map, before global pooling."""
        return F.relu(self.bn(x))

    def forward(self, x):
        return self.linear(self.map(x).mean((2, 3)))


class Network(nn.Module):
    """Images [batch, 3, height, width] to logits [batch, classes]."""

    def __init__(self, arch, channels, cells_per_stage, classes, norm):
        super().__init__()
        self.body = []

        def add(name, module):
            self.add_module(name, module)
            self.body.append(name)

        add("stem", Stem(channels, norm))
        for stage in range(3):
            if stage > 0:
                add(f"reduce{stage}", Reduction(channels, norm))
                channels *= 2
            cells = [Cell(arch, channels, norm) for _ in range(cells_per_stage)]
            names = [f"cell{i}" for i in range(cells_per_stage)]
            add(f"stage{stage}", nn.Sequential(OrderedDict(zip(names, cells))))
        add("head", Head(channels, classes, norm))

    def forward(self, x):
        return self.head(self.features(x))

    def features(self, x):
        """What the head reads."""
        for name in self.body[:-1]:
            x = getattr(self, name)(x)
        return x

    def load(self, arrays):
        load_arrays(self, arrays)


def load_arrays(network, arrays):
    """Gives a network the kit's arrays by the kit's names; all of them, and no others, must be there."""
    wanted = dict(network.named_parameters())
    for name, array in arrays.items():
        node, part = name.rsplit(".", 1)
        own = {"gamma": "weight", "beta": "bias"}.get(part, part)
        parameter = wanted.pop(f"{node}.{own}")
        if array.dim() == 4:
            # From [height, width, in, out]; of a depthwise filter, `in` is PyTorch's `out`.
            depthwise = parameter.shape[1] == 1 and array.shape[3] == 1
            array = array.permute(2, 3, 0, 1) if depthwise else array.permute(3, 2, 0, 1)
        elif array.dim() == 2:
            array = array.t()  # from [in, out]
        if parameter.shape != array.shape:
            raise ValueError(f"{name} is {list(array.shape)}, not {list(parameter.shape)}")
        with torch.no_grad():
            parameter.copy_(array)
    if wanted:
        raise ValueError(f"no weights for {', '.join(wanted)}")
