"""One thread and repeatable draws, so that the same test does the same arithmetic every time."""

import torch
from hypothesis import settings

torch.set_num_threads(1)
torch.set_warn_always(True)  # else torch tells of a read-only array once, and only the first test of it fails
settings.register_profile("kan_core", deadline=None, database=None, derandomize=True)
settings.load_profile("kan_core")
