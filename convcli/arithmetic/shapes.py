"""The sizes that paddings, strides and dilations give along one axis, in plain integers.

Every rule is for one axis; a picture or a volume applies it axis by axis. Dilation is the spacing between
neighbouring taps, so 1 is an ordinary, dense kernel (Yu and Koltun's "1-dilated").
"""

from __future__ import annotations

from convcli.errors import ShapeError, UsageError


def effective_kernel(kernel: int, dilation: int = 1) -> int:
    """Samples from the first to the last tap of a dilated kernel.

    Parameters
    ----------
    kernel : int
        Number of taps, >= 1.
    dilation : int
        Spacing between taps in samples, >= 1.

    Returns
    -------
    int
        ``dilation * (kernel - 1) + 1``.

    Raises
    ------
    UsageError
        If `kernel` or `dilation` is below 1.
    """
    if kernel < 1:
        raise UsageError(
            f"kernel size {kernel}: must be at least 1", hint="a kernel of size 1 scales its input"
        )
    if dilation < 1:
        raise UsageError(
            f"dilation {dilation}: must be at least 1",
            hint="dilation is the spacing between taps: 1 is the ordinary, dense kernel, 2 leaves one gap",
        )
    return dilation * (kernel - 1) + 1


def output_size(
    size: int,
    kernel: int,
    *,
    stride: int = 1,
    before: int = 0,
    after: int = 0,
    dilation: int = 1,
    ceil: bool = False,
) -> int:
    """Number of window positions along one axis.

    Parameters
    ----------
    size : int
        Input samples, >= 1.
    kernel : int
        Number of taps, >= 1.
    stride : int
        Samples from one window to the next, >= 1.
    before, after : int
        Samples padded at the two ends, >= 0.
    dilation : int
        Spacing between taps, >= 1.
    ceil : bool
        Count a last window that reaches beyond the padded input by less than a stride, too, if it begins in
        the input or in the padding before it: the ceil mode of poolings.

    Returns
    -------
    int
        ``room // stride + 1``, at least 1, with ``room = size + before + after - effective_kernel``. With
        `ceil` the smaller of ``ceil(room / stride) + 1`` and ``ceil((size + before) / stride)``.

    Raises
    ------
    ShapeError
        If `size` is below 1, or the kernel is larger than the padded input.
    UsageError
        If `kernel`, `stride`, `dilation` or a padding is out of range.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", relationship 6
       (with the effective kernel of relationship 15).
    .. [2] PyTorch, ``pooling_output_shape_pad_lr`` in ``aten/src/ATen/native/Pool.h``, for `ceil`; ONNX has
       the same rule.

    Examples
    --------
    >>> output_size(28, 3, stride=2, before=1, after=1)
    14
    """
    # With `ceil`, even a first window may lack less than a stride.
    lacking = stride - 1 if ceil else 0
    room = _room(size, kernel, stride=stride, before=before, after=after + lacking, dilation=dilation)
    return min(room // stride + 1, -(-(size + before) // stride)) if ceil else room // stride + 1


def unread(
    size: int, kernel: int, *, stride: int = 1, before: int = 0, after: int = 0, dilation: int = 1
) -> int:
    """Samples at the end of the padded input that no window reaches, because the stride steps over them.

    Parameters
    ----------
    size, kernel, stride, before, after, dilation : int
        As in `output_size`.

    Returns
    -------
    int
        From 0 to ``stride - 1``.

    Raises
    ------
    ShapeError, UsageError
        As `output_size` does.

    Examples
    --------
    >>> unread(28, 3, stride=2)
    1
    """
    return _room(size, kernel, stride=stride, before=before, after=after, dilation=dilation) % stride


def _room(size: int, kernel: int, *, stride: int, before: int, after: int, dilation: int) -> int:
    """How far the first window can move before it leaves the padded input."""
    effective = effective_kernel(kernel, dilation)
    _check_steps(size, stride)
    if min(before, after) < 0:
        raise UsageError(f"padding {min(before, after)}: must be 0 or more")
    padded = size + before + after
    if padded < effective:
        dilated = f", {kernel} taps spread over {effective} by dilation {dilation}," if dilation > 1 else ""
        raise ShapeError(
            f"kernel {kernel}{dilated} does not fit in {padded} (input {size} + padding {before} + {after})",
            hint=f"pad by {effective - padded} more in all, or take a smaller kernel or dilation",
        )
    return padded - effective


def transposed_size(
    size: int,
    kernel: int,
    *,
    stride: int = 1,
    before: int = 0,
    after: int = 0,
    dilation: int = 1,
    output_padding: int = 0,
) -> int:
    """Output samples of a transposed convolution along one axis.

    Parameters
    ----------
    size : int
        Input samples, >= 1.
    kernel : int
        Number of taps, >= 1.
    stride : int
        Samples between the places where neighbouring inputs are painted, >= 1.
    before, after : int
        Padding of the convolution that this one transposes: samples cropped from the full result, or where
        negative, further positions of it.
    dilation : int
        Spacing between taps, >= 1.
    output_padding : int
        Further positions computed at the end, >= 0 and below ``max(stride, dilation)``.

    Returns
    -------
    int
        ``(size - 1) * stride - before - after + effective_kernel + output_padding``, at least 1.

    Raises
    ------
    ShapeError
        If `size` or the result is below 1.
    UsageError
        If an argument is out of range.

    References
    ----------
    .. [1] Dumoulin and Visin, relationship 14, where `output_padding` is called a.

    Examples
    --------
    >>> transposed_size(14, 3, stride=2, before=1, after=1, output_padding=1)
    28
    """
    effective = effective_kernel(kernel, dilation)
    _check_steps(size, stride)
    bound = max(stride, dilation)
    if not 0 <= output_padding < bound:
        raise UsageError(
            f"output padding {output_padding}: must be from 0 to {bound - 1}, "
            f"below the larger of stride {stride} and dilation {dilation}",
            hint="it chooses between the input sizes that a strided convolution maps to one output size",
        )
    painted = (size - 1) * stride + effective + output_padding
    if painted <= before + after:
        raise ShapeError(
            f"padding {before} + {after} crops all {painted} samples of the transposed convolution",
            hint=f"in a transposed convolution padding takes away; keep it below {painted} in all",
        )
    return painted - before - after


def _check_steps(size: int, stride: int) -> None:
    if size < 1:
        raise ShapeError(f"input size {size}: must be at least 1")
    if stride < 1:
        raise UsageError(f"stride {stride}: must be at least 1", hint="a stride of 1 computes every position")


def same_padding(kernel: int, dilation: int = 1) -> tuple[int, int]:
    """Padding before and after that keeps the size and centres the kernel, as in signal processing.

    The centre tap of a convolution is ``(K - 1) // 2``, so an even kernel takes its extra sample before: the
    result is the middle of the full one, as ``numpy.convolve(..., "same")`` cuts it.

    Parameters
    ----------
    kernel, dilation : int
        Taps and the spacing between them, >= 1.

    Returns
    -------
    tuple of int
        Samples before and after.
    """
    effective = effective_kernel(kernel, dilation)
    return effective // 2, (effective - 1) // 2


def torch_same_padding(kernel: int, dilation: int = 1) -> tuple[int, int]:
    """Padding of PyTorch's ``padding="same"`` at stride 1: an odd total has its extra sample after.

    Parameters and result are those of `same_padding`.
    """
    total = effective_kernel(kernel, dilation) - 1
    return total // 2, total - total // 2


def minimal_same_padding(size: int, kernel: int, *, stride: int = 1, dilation: int = 1) -> tuple[int, int]:
    """Padding of TensorFlow's ``SAME``: enough for ``ceil(size / stride)`` windows, the odd sample after.

    Keras, JAX, XLA and ONNX's ``SAME_UPPER`` pad like this; ``SAME_LOWER`` swaps the two ends. Unlike
    PyTorch's it depends on the input's size as soon as there is a stride.

    Parameters
    ----------
    size, kernel, stride, dilation : int
        As in `output_size`.

    Returns
    -------
    tuple of int
        Samples before and after.

    Examples
    --------
    >>> minimal_same_padding(6, 3, stride=2), minimal_same_padding(7, 3, stride=2)
    ((0, 1), (1, 1))
    """
    windows = -(-size // stride)
    total = max((windows - 1) * stride + effective_kernel(kernel, dilation) - size, 0)
    return total // 2, total - total // 2


def causal_padding(kernel: int, dilation: int = 1) -> tuple[int, int]:
    """Padding at which no output sees what comes after it: ``effective_kernel - 1`` samples, all before.

    Parameters and result are those of `same_padding`.
    """
    return effective_kernel(kernel, dilation) - 1, 0


def half_padding(kernel: int, dilation: int = 1) -> tuple[int, int]:
    """Half of the kernel at both ends: keeps the size for odd kernels, adds one sample for even ones.

    Parameters and result are those of `same_padding`.
    """
    half = effective_kernel(kernel, dilation) // 2
    return half, half


def full_padding(kernel: int, dilation: int = 1) -> tuple[int, int]:
    """Padding at which every position where kernel and input touch counts: ``effective_kernel - 1`` twice.

    Parameters and result are those of `same_padding`.
    """
    reach = effective_kernel(kernel, dilation) - 1
    return reach, reach
