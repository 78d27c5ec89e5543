"""Networks as text: chains, lists, Darknet files and matrices, traced layer by layer."""
