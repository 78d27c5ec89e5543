"""Pictures of convolutions: frames and their renderers, and a page to explore them."""
