#!/usr/bin/python3
"""Train the network that the demo looks at clothes with.

    train.py DIRECTORY fashion.onnx [EPOCHS]

DIRECTORY holds the four files of Debian's package dataset-fashion-mnist
(/usr/share/datasets/fashion-mnist); README.md tells more.

    image (28, 28) in [0, 1]
    Conv 16 of 3x3, Relu, MaxPool 2x2       -> (13, 13, 16)
    Conv 32 of 3x3, Relu, MaxPool 2x2       -> (5, 5, 32)
    Dense 64, Relu, Dense 10, Softmax

numpy alone: a convolution is a matrix product over patches, and the gradients
are written out. Adam with a learning rate that falls as a cosine, batches of
100, every image mirrored with a chance of one half. Arrays are in the order
(image, row, column, channel); ONNX wants the channel before the row, so the
weights are turned round when the file is written.
"""

import gzip
import sys
import time

import numpy as np

import onnx_file

SEED, BATCH, RATE = 1, 100, 2e-3


# ---- The data

def read_idx(path):
    """An array of bytes out of an IDX file: two zeros, type 8, rank, sizes."""
    with gzip.open(path) as file:
        data = file.read()
    assert data[:3] == b'\0\0\x08', path
    rank = data[3]
    shape = np.frombuffer(data, '>i4', rank, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def load(directory, part):
    images = read_idx(f'{directory}/{part}-images-idx3-ubyte.gz')
    labels = read_idx(f'{directory}/{part}-labels-idx1-ubyte.gz')
    return images[..., None].astype(np.float32) / 255, labels.astype(np.intp)


# ---- The layers, forward and backward

def patches(x):
    """(n, h, w, c) -> (n, h - 2, w - 2, 9 c): what a 3x3 kernel sees."""
    h, w = x.shape[1] - 2, x.shape[2] - 2
    return np.concatenate([x[:, i:i + h, j:j + w] for i in range(3) for j in range(3)], axis=3)


def patches_back(d, c):
    """The gradient of patches()."""
    n, h, w, _ = d.shape
    x = np.zeros((n, h + 2, w + 2, c), np.float32)
    for k in range(9):
        i, j = divmod(k, 3)
        x[:, i:i + h, j:j + w] += d[..., k * c:(k + 1) * c]
    return x


def quarters(x):
    """The four views of (n, h, w, c) that a 2x2 pool compares."""
    h, w = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    return [x[:, i:h:2, j:w:2] for i in (0, 1) for j in (0, 1)]


def pool_relu(x):
    """max over 2x2, then max with 0: the same as the other way round."""
    a, b, c, d = quarters(x)
    return np.maximum(np.maximum(np.maximum(a, b), np.maximum(c, d)), 0)


def pool_relu_back(x, y, dy):
    """The gradient of pool_relu(); where two tie, both get it."""
    dx = np.zeros_like(x)
    dy = dy * (y > 0)
    for whole, part in zip(quarters(x), quarters(dx)):
        np.multiply(dy, whole == y, out=part)
    return dx


class Network:
    def __init__(self, random):
        def he(rows, columns):
            return (random.standard_normal((rows, columns)) * np.sqrt(2 / rows)).astype(np.float32)

        zeros = lambda n: np.zeros(n, np.float32)
        self.weights = [he(9, 16), zeros(16), he(144, 32), zeros(32), he(800, 64), zeros(64), he(64, 10), zeros(10)]

    def forward(self, x):
        """The logits, and what backward() needs."""
        w1, b1, w2, b2, w3, b3, w4, b4 = self.weights
        p1 = patches(x)
        c1 = p1 @ w1 + b1
        y1 = pool_relu(c1)
        p2 = patches(y1)
        c2 = p2 @ w2 + b2
        y2 = pool_relu(c2)
        flat = y2.reshape(len(x), -1)
        y3 = np.maximum(flat @ w3 + b3, 0)
        return y3 @ w4 + b4, (p1, c1, y1, p2, c2, y2, flat, y3)

    def backward(self, d, kept):
        """The gradients of all weights; d (n, 10) is that of the logits."""
        p1, c1, y1, p2, c2, y2, flat, y3 = kept
        _, _, w2, _, w3, _, w4, _ = self.weights
        g4, h4 = y3.T @ d, d.sum(0)
        d = (d @ w4.T) * (y3 > 0)
        g3, h3 = flat.T @ d, d.sum(0)
        d = pool_relu_back(c2, y2, (d @ w3.T).reshape(y2.shape)).reshape(-1, 32)
        g2, h2 = p2.reshape(-1, 144).T @ d, d.sum(0)
        d = patches_back((d @ w2.T).reshape(p2.shape), 16)
        d = pool_relu_back(c1, y1, d).reshape(-1, 16)
        return [p1.reshape(-1, 9).T @ d, d.sum(0), g2, h2, g3, h3, g4, h4]

    def classes(self, x):
        return np.concatenate([self.forward(x[i:i + 1000])[0].argmax(1) for i in range(0, len(x), 1000)])


# ---- Training

def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def train(network, images, labels, epochs, random, after_epoch):
    mean = [np.zeros_like(w) for w in network.weights]
    square = [np.zeros_like(w) for w in network.weights]
    steps, step = epochs * (len(images) // BATCH), 0
    for epoch in range(epochs):
        order = random.permutation(len(images))
        loss = 0.0
        for start in range(0, len(order) - BATCH + 1, BATCH):
            rows = order[start:start + BATCH]
            x, t = images[rows], labels[rows]
            mirrored = random.random(BATCH) < 0.5
            x[mirrored] = x[mirrored, :, ::-1]
            logits, kept = network.forward(x)
            d = softmax(logits)
            loss -= np.log(d[np.arange(BATCH), t] + 1e-12).sum()
            d[np.arange(BATCH), t] -= 1
            step += 1
            rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
            for w, g, m, s in zip(network.weights, network.backward(d / BATCH, kept), mean, square):
                m += 0.1 * (g - m)
                s += 0.001 * (g * g - s)
                w -= rate * (m / (1 - 0.9 ** step)) / (np.sqrt(s / (1 - 0.999 ** step)) + 1e-8)
        after_epoch(epoch + 1, loss / len(order))


# ---- The file

def write(network, path):
    w1, b1, w2, b2, w3, b3, w4, b4 = network.weights
    constants = {
        'conv1.weight': w1.reshape(3, 3, 1, 16).transpose(3, 2, 0, 1), 'conv1.bias': b1,
        'conv2.weight': w2.reshape(3, 3, 16, 32).transpose(3, 2, 0, 1), 'conv2.bias': b2,
        'dense1.weight': w3.reshape(5, 5, 32, 64).transpose(3, 2, 0, 1).reshape(64, 800), 'dense1.bias': b3,
        'dense2.weight': w4.T, 'dense2.bias': b4,
    }
    node = onnx_file.node
    pool = {'kernel_shape': [2, 2], 'strides': [2, 2]}
    nodes = [
        node('Conv', ['image', 'conv1.weight', 'conv1.bias'], 'conv1', kernel_shape=[3, 3]),
        node('Relu', ['conv1'], 'relu1'),
        node('MaxPool', ['relu1'], 'pool1', **pool),
        node('Conv', ['pool1', 'conv2.weight', 'conv2.bias'], 'conv2', kernel_shape=[3, 3]),
        node('Relu', ['conv2'], 'relu2'),
        node('MaxPool', ['relu2'], 'pool2', **pool),
        node('Flatten', ['pool2'], 'flat', axis=1),
        node('Gemm', ['flat', 'dense1.weight', 'dense1.bias'], 'dense1', transB=1),
        node('Relu', ['dense1'], 'embedding'),
        node('Gemm', ['embedding', 'dense2.weight', 'dense2.bias'], 'logits', transB=1),
        node('Softmax', ['logits'], 'probability', axis=1),
    ]
    data = onnx_file.model('fashion', nodes, constants, {'image': ['n', 1, 28, 28]}, {'probability': ['n', 10]})
    with open(path, 'wb') as file:
        file.write(data)
    return len(data)


def main(directory, path, epochs='10'):
    random = np.random.default_rng(SEED)
    images, labels = load(directory, 'train')
    test_images, test_labels = load(directory, 't10k')
    network = Network(random)
    began = time.time()

    def report(epoch, loss):
        accuracy = (network.classes(test_images) == test_labels).mean()
        print(f'epoch {epoch}: loss {loss:.4f}, test accuracy {accuracy:.4f}, {time.time() - began:.0f} s', flush=True)

    train(network, images, labels, int(epochs), random, report)
    size = write(network, path)
    right = (network.classes(test_images) == test_labels).sum()
    print(f'{sum(w.size for w in network.weights)} weights, {size} bytes; {right} of {len(test_labels)} test images right')


if __name__ == '__main__':
    main(*sys.argv[1:])
