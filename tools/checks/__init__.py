# SPDX-License-Identifier: MIT
"""The repository's own checks. Each module holds one or more Check objects; run.py finds and runs them."""
