"""Draw the browser tab's icon, ``assets/icon.png``, from the mesh's template (nobody's face).

Local on purpose: Streamlit fetches icons named by emoji or symbol from the network.
"""

from __future__ import annotations

import cv2
import numpy as np

from fer_core.base.paths import assets_dir
from fer_core.landmarks import mesh

SIZE, SCALE = 128, 4  # drawn larger and reduced, for smooth lines
GROUND, LINE = (128, 90, 61), (250, 250, 250)  # BGR


def main() -> None:
    """Write the file."""
    side = SIZE * SCALE
    image = np.zeros((side, side, 4), np.uint8)
    cv2.circle(image, (side // 2, side // 2), side // 2 - 2, (*GROUND, 255), -1, cv2.LINE_AA)
    points = mesh.template() * side * 0.4 + np.array([side / 2, side * 0.36])
    for edges in mesh.contours().values():
        for a, b in edges:
            ends = [tuple(int(v) for v in points[i]) for i in (a, b)]
            cv2.line(image, *ends, (*LINE, 255), 3 * SCALE, cv2.LINE_AA)
    cv2.imwrite(str(assets_dir() / "icon.png"), cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA))


if __name__ == "__main__":
    main()
