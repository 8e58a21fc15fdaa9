"""Try every way out, and look for the marker of 10,000 frames; keep what came of it.

python -m tests.privacy            a part of the frames
python -m tests.privacy --full     all of them, kept in docs/evidence/privacy.json
"""

import sys

import pytest

from tests.faults import evidence

if __name__ == "__main__":
    sys.exit(pytest.main(["-q", "tests/privacy", *sys.argv[1:]], plugins=[evidence]))
