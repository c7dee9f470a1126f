import { encodePng } from './png.ts';
import { gradient, paint, plain } from './raster.ts';
import { polygon, roundedBox } from './shapes.ts';

/** Pixels of a logo's sides, as the others of the marketplace have. */
export const logoSize = 300;

/**
 * OnePilot's logo: a terminal's prompt whose `>` is a paper plane, and the cursor. As a PNG; always the same bytes with
 * the same zlib. Drawn in a square of 100 units.
 */
export function drawLogo(size = logoSize): Buffer {
  const background = {
    shape: roundedBox([50, 50], [49, 49], 21),
    fill: gradient([10, 0], [90, 100], [29, 63, 122], [10, 20, 46]),
  };
  const upperWing = {
    shape: polygon(
      [
        [19, 17],
        [80, 45],
        [37, 45],
      ],
      2,
    ),
    fill: plain([255, 255, 255]),
  };
  const lowerWing = {
    shape: polygon(
      [
        [19, 73],
        [80, 45],
        [37, 45],
      ],
      2,
    ),
    fill: plain([172, 203, 245]),
  };
  const cursor = { shape: roundedBox([67, 77], [17, 5], 2.5), fill: plain([60, 224, 176]) };
  return encodePng(size, size, paint([background, lowerWing, upperWing, cursor], size, 100));
}
