"""Writes NAS-Bench-201, the topology space of NATS-Bench, as the CSV file that naskit reads.

    pip install nats_bench
    python tools/export_nas_bench_201.py NATS-tss-v1_0-3ffb9-simple nasbench201.csv

The first argument is the archive of the authors, unpacked, the second the file to write. Accuracies
are means over the trainings of an architecture, in percent; seconds are of all epochs.
"""

import sys

DATASETS = [
    # Column, data set for the test, data set for the validation.
    ("c10", "cifar10", "cifar10-valid"),
    ("c100", "cifar100", "cifar100"),
    ("in16", "ImageNet16-120", "ImageNet16-120"),
]


def columns():
    """The names of the columns and how each is looked up: data set, epochs, number."""
    for name, test, validation in DATASETS:
        valid = "c10valid_valid" if name == "c10" else f"{name}_valid"
        for epochs in ("12", "200"):
            yield f"{name}_test_acc_{epochs}ep", test, epochs, "test-accuracy"
            yield f"{valid}_acc_{epochs}ep", validation, epochs, "valid-accuracy"
            yield f"{name}_seconds_{epochs}ep", validation, epochs, "train-all-time"


def rows(api):
    """A row for each architecture, in the order of the benchmark."""
    looked_up = list(columns())
    yield ["index", "arch", *(name for name, _, _, _ in looked_up)]
    for index in range(len(api)):
        row = [str(index), api.arch(index)]
        infos = {}
        for _, dataset, epochs, number in looked_up:
            if (dataset, epochs) not in infos:
                infos[dataset, epochs] = api.get_more_info(
                    index, dataset, hp=epochs, is_random=False
                )
            row.append(f"{infos[dataset, epochs][number]:.4f}")
        yield row


def main():
    """Reads the archive and writes the file."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    from nats_bench import create

    api = create(sys.argv[1], "tss", fast_mode=True, verbose=False)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        for row in rows(api):
            file.write(",".join(row) + "\n")


if __name__ == "__main__":
    main()
