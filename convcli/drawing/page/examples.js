/** Small convolutions worth a look, by name. */
const examples = {
  "Two lists": { input: [1, 2, 3, 4], kernel: [1, 2, 3], padding: [[2, 2]] },
  "Moving average": {
    input: [2, 3, 2, 8, 9, 8, 2, 3],
    kernel: [1 / 3, 1 / 3, 1 / 3],
    padding: [[1, 1]],
    boundary: { name: "replicate" },
  },
  Differences: { input: [0, 0, 0, 5, 5, 5, 0, 0], kernel: [1, -1] },
  "Around a circle": {
    input: [1, 2, 3, 4, 5],
    kernel: [1, 2, 1],
    padding: [[1, 1]],
    boundary: { name: "circular" },
  },
  "Every second place": {
    input: [1, 2, 3, 4, 5, 6, 7],
    kernel: [1, 0, -1],
    padding: [[1, 1]],
    stride: [2],
    correlate: true,
  },
  "With holes": { input: [1, 2, 3, 4, 5, 6, 7], kernel: [1, 10, 100], dilation: [2], correlate: true },
  "Transposed list": { input: [1, 2, 3], kernel: [1, 2, 1], stride: [2], transposed: true, correlate: true },
  "Half padding, stride 2": {
    input: [
      [3, 3, 2, 1, 0],
      [0, 0, 1, 3, 1],
      [3, 1, 2, 2, 3],
      [2, 0, 0, 2, 2],
      [2, 0, 0, 0, 1],
    ],
    kernel: [
      [0, 1, 2],
      [2, 2, 0],
      [0, 1, 2],
    ],
    padding: [
      [1, 1],
      [1, 1],
    ],
    stride: [2, 2],
    correlate: true,
  },
  "Upright edges": {
    input: [
      [0, 0, 9, 9, 9],
      [0, 0, 9, 9, 9],
      [0, 0, 0, 9, 9],
      [0, 0, 0, 9, 9],
    ],
    kernel: [
      [1, 0, -1],
      [2, 0, -2],
      [1, 0, -1],
    ],
    padding: [
      [1, 1],
      [1, 1],
    ],
    boundary: { name: "replicate" },
  },
  "Transposed checkerboard": {
    input: [
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ],
    kernel: [
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ],
    stride: [2, 2],
    transposed: true,
    correlate: true,
  },
};
