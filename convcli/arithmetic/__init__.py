"""Shapes, layers and small convolutions worked by hand, in exact integers and fractions."""
