"""Render a recess, or take a film: `python -m firmware_sim.scenes --out FILE`."""

import argparse
from pathlib import Path

from firmware_sim.scenes.camera import Camera
from firmware_sim.scenes.clip import SceneError
from firmware_sim.scenes.film import lay
from firmware_sim.scenes.render import SceneOrder, write


def main() -> int:
    """Render what the command line asks for."""
    parser = argparse.ArgumentParser(prog="firmware_sim.scenes", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="clip to write (.avi)")
    parser.add_argument("--film", type=Path, help="PETS 2009 S2.L1 View 001, as a file")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--children", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--snowfall", action="store_true")
    parser.add_argument("--fps", type=int, default=10, choices=(1, 2, 5, 10))
    parser.add_argument("--width", type=int, default=640, help="pixels; 4:3")
    args = parser.parse_args()
    order = SceneOrder(
        args.seconds,
        args.children,
        args.seed,
        snowfall=args.snowfall,
        fps=args.fps,
        camera=Camera(width=args.width, height=args.width * 3 // 4),
    )
    try:
        if args.film:
            lay(args.film, args.out)
        else:
            write(order, args.out)
    except (SceneError, OSError) as error:
        print(f"scenes: {error}")
        return 1
    print(args.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
