"""What every test shares: nothing phones home, nobody's configuration is picked up."""

from __future__ import annotations

import os

os.environ.pop("ENCOURS_CONFIG", None)
for name, value in {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "OMP_WAIT_POLICY": "PASSIVE",
}.items():
    os.environ.setdefault(name, value)
