# SPDX-License-Identifier: MIT
"""How deep the stack of a linked image gets: image.py reads it, paths.py follows it; tools/stack_depth.py knows the
kernel."""
