"""What is timed: each function returns a function that does the work once and returns a number."""

import json
import sys
from array import array

import torch
from torch import nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional as F

from network import Network
from supernet import Supernet


def read_floats(path):
    values = array("f")
    with open(path, "rb") as file:
        values.frombytes(file.read())
    if sys.byteorder == "big":
        values.byteswap()
    return torch.tensor(values, dtype=torch.float32)


def read_arrays(path):
    """The arrays of a saved model: names and shapes in `path.json`, values in `path.bin`."""
    with open(f"{path}.json", encoding="utf-8") as file:
        manifest = json.load(file)
    values = read_floats(f"{path}.bin")
    arrays = {}
    offset = 0
    for entry in manifest["arrays"]:
        size = 1
        for side in entry["shape"]:
            size *= side
        arrays[entry["name"]] = values[offset : offset + size].reshape(entry["shape"])
        offset += size
    return arrays


def in_layout(thing, layout):
    return thing.to(memory_format=torch.channels_last) if layout == "channels_last" else thing


def read_images(job, name):
    size = job["size"]
    images = read_floats(job[name]).reshape(-1, size, size, 3).permute(0, 3, 1, 2).contiguous()
    return in_layout(images, job["layout"])


def make_network(job, norm, left_out):
    """The network with the kit's weights, less those whose names end in something."""
    network = Network(job["arch"], job["channels"], job["cellsPerStage"], job["classes"], norm)
    arrays = read_arrays(job["weights"])
    network.load({k: v for k, v in arrays.items() if not k.endswith(left_out)})
    return in_layout(network.train(), job["layout"])


def prepare_network(job, running_statistics):
    """The network with the kit's weights, its images and its labels."""

    def norm(width):
        return nn.BatchNorm2d(width, track_running_stats=running_statistics)

    network = make_network(job, norm, left_out=(".mean", ".variance"))
    return network, read_images(job, "images"), torch.tensor(job["labels"])


def optimizer_of(network, recipe):
    """SGD with Nesterov momentum, as the kit's."""
    return torch.optim.SGD(
        network.parameters(),
        lr=recipe["learningRate"],
        momentum=recipe["momentum"],
        weight_decay=recipe["weightDecay"],
        nesterov=True,
        fused=True,
    )


def training_step(job):
    network, images, labels = prepare_network(job, running_statistics=True)
    optimizer = optimizer_of(network, job["recipe"])
    loss_of = lambda x, y: F.cross_entropy(network(x), y)
    if job["compiled"]:
        loss_of = torch.compile(loss_of)
        # Compiles both passes; the weights stay as they are.
        loss_of(images, labels).backward()

    def run():
        optimizer.zero_grad()
        loss = loss_of(images, labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return run


def supernet_step(job):
    """First-order DARTS: a step of the gates' logits, then one of the weights."""
    network = Supernet(job["channels"], job["cells"], job["classes"])
    arrays = read_arrays(job["weights"])
    network.load({k: v for k, v in arrays.items() if not k.endswith((".mean", ".variance"))})
    network = in_layout(network.train(), job["layout"])
    images, labels = read_images(job, "images"), torch.tensor(job["labels"])
    logits = {k: torch.tensor(v).requires_grad_() for k, v in job["logits"].items()}
    optimizer = optimizer_of(network, job["recipe"])

    def loss_of(gates):
        return F.cross_entropy(network(images, gates), labels)

    def run():
        # The gates alone: that takes less time than gradients of the weights as well.
        loss = loss_of({k: F.softmax(row, 0) for k, row in logits.items()})
        slopes = torch.autograd.grad(loss, list(logits.values()))
        with torch.no_grad():
            for row, slope in zip(logits.values(), slopes):
                row -= job["rate"] * slope
            gates = {k: F.softmax(row, 0) for k, row in logits.items()}
        optimizer.zero_grad()
        loss = loss_of(gates)
        loss.backward()
        optimizer.step()
        return loss.item()

    return run


def forward(job):
    network, images, _ = prepare_network(job, running_statistics=False)

    @torch.inference_mode()
    def run():
        return network(images).abs().sum().item()

    return run


def grad_sign_loop(job):
    network, images, labels = prepare_network(job, running_statistics=False)
    weights = [p for p in network.parameters() if p.dim() > 1]

    def run():
        signs = [torch.zeros_like(weight) for weight in weights]
        for i in range(len(labels)):
            loss = F.cross_entropy(network(images[i : i + 1]), labels[i : i + 1])
            for total, gradient in zip(signs, torch.autograd.grad(loss, weights)):
                total += gradient.sign()
        return sum(total.abs().sum().item() for total in signs)

    return run


def grad_sign_vmap(job):
    network, images, labels = prepare_network(job, running_statistics=False)
    parameters = {name: p.detach() for name, p in network.named_parameters()}
    weights = {name: p for name, p in parameters.items() if p.dim() > 1}
    others = {name: p for name, p in parameters.items() if p.dim() == 1}

    def loss_of(weights, image, label):
        logits = functional_call(network, {**weights, **others}, (image.unsqueeze(0),))
        return F.cross_entropy(logits, label.unsqueeze(0))

    gradients_of = vmap(grad(loss_of), in_dims=(None, 0, 0))

    def run():
        gradients = gradients_of(weights, images, labels)
        return sum(each.sign().sum(0).abs().sum().item() for each in gradients.values())

    return run


def snip(job):
    network, images, labels = prepare_network(job, running_statistics=False)
    weights = [p for p in network.parameters() if p.dim() > 1]

    def run():
        gradients = torch.autograd.grad(F.cross_entropy(network(images), labels), weights)
        products = [(w.detach() * g).abs().sum() for w, g in zip(weights, gradients)]
        return torch.stack(products).sum().item()

    return run


def zen(job):
    """By the variances of the clean images, as the paper has it."""
    network, images, _ = prepare_network(job, running_statistics=False)
    noise = read_images(job, "noise")
    variances = []

    def note(module, inputs):
        variances.append(inputs[0].var((0, 2, 3), correction=0).mean())

    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]

    @torch.inference_mode()
    def run():
        variances.clear()
        hooks = [module.register_forward_pre_hook(note) for module in norms]
        clean = network.head.map(network.features(images))
        for hook in hooks:
            hook.remove()
        noisy = network.head.map(network.features(images + job["alpha"] * noise))
        distance = (clean - noisy).abs().sum((1, 2, 3)).mean()
        return (distance.log() + torch.stack(variances).log().sum() / 2).item()

    return run


def synflow(job):
    """The logarithm of the score, without batch norms and in double precision."""
    network = make_network(
        job, lambda width: nn.Identity(), left_out=(".mean", ".variance", ".gamma", ".beta")
    ).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.abs_()
    weights = [p for p in network.parameters() if p.dim() > 1]
    size = job["size"]
    ones = in_layout(torch.ones(1, 3, size, size, dtype=torch.float64), job["layout"])

    def run():
        gradients = torch.autograd.grad(network(ones).sum(), weights)
        products = [(w.detach() * g).abs().sum() for w, g in zip(weights, gradients)]
        return torch.stack(products).sum().log().item()

    return run


def naswot(job):
    """log |det K| of the codes of all ReLUs."""
    network, images, _ = prepare_network(job, running_statistics=False)
    count = len(images)

    @torch.inference_mode()
    def run():
        agreement = torch.zeros(count, count)

        def relu(x):
            y = x.clamp_min(0)
            code = (y > 0).reshape(count, -1).float()
            other = 1 - code
            agreement.add_(code @ code.t() + other @ other.t())
            return y

        kept, F.relu = F.relu, relu
        try:
            network(images)
        finally:
            F.relu = kept
        return torch.linalg.slogdet(agreement.double())[1].item()

    return run


def kernel(job):
    """One operation forward and backward; returns the sums of squares of what it computes."""
    layout = job["layout"]
    batch, size, channels = job["batch"], job["size"], job["channels"]
    values = read_floats(job["values"])

    def take(count):
        nonlocal values
        taken, values = values[:count], values[count:]
        return taken

    def image(height, width):
        shape = (batch, height, height, width)
        pixels = take(batch * height * height * width).reshape(shape).permute(0, 3, 1, 2)
        return in_layout(pixels.contiguous(), layout)

    x = image(size, channels).requires_grad_()
    inputs = [x]
    name = job["operation"]
    if name in ("conv", "depthwise"):
        side, stride = job["kernel"], job["stride"]
        inner, outer = (channels, job["outChannels"]) if name == "conv" else (channels, 1)
        filters = take(side * side * inner * outer).reshape(side, side, inner, outer)
        # Ours are [height, width, in, out]; of a depthwise filter, `in` is PyTorch's `out`.
        order = (3, 2, 0, 1) if name == "conv" else (2, 3, 0, 1)
        weight = in_layout(filters.permute(order).contiguous(), layout).requires_grad_()
        inputs.append(weight)
        groups = 1 if name == "conv" else channels
        operation = lambda: F.conv2d(x, weight, None, stride, side // 2, 1, groups)
    elif name == "avgPool":
        operation = lambda: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
    elif name == "maxPool":
        operation = lambda: F.max_pool2d(x, 3, 1, 1)
    elif name == "batchNorm":
        gamma = take(channels).requires_grad_()
        beta = take(channels).requires_grad_()
        inputs += [gamma, beta]
        operation = lambda: F.batch_norm(x, None, None, gamma, beta, training=True)
    else:
        raise ValueError(f"no such operation: {name}")
    dy = image(job["outSize"], job["outChannels"])
    results = []

    def run():
        nonlocal results
        y = operation()
        results = [y, *torch.autograd.grad(y, inputs, dy)]
        return 0.0

    run.check = lambda: [each.square().sum().item() for each in results]
    return run


workloads = {
    "training step": training_step,
    "supernet step": supernet_step,
    "forward": forward,
    "GradSign loop": grad_sign_loop,
    "GradSign vmap": grad_sign_vmap,
    "SNIP": snip,
    "Zen": zen,
    "SynFlow": synflow,
    "NASWOT": naswot,
    "kernel": kernel,
}
