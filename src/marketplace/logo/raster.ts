import type { Point, Shape } from './shapes.ts';

/** Red, green and blue from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** A shape and what it is filled with. */
export interface Layer {
  readonly shape: Shape;
  readonly fill: (point: Point) => Colour;
}

/** One colour everywhere. */
export function plain(colour: Colour): Layer['fill'] {
  return () => colour;
}

/** From one colour to another along the line between two points, and no further. */
export function gradient(from: Point, to: Point, first: Colour, last: Colour): Layer['fill'] {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  return ([x, y]) => {
    const along = ((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy);
    return mix(first, last, Math.min(Math.max(along, 0), 1));
  };
}

/**
 * Paints layers over each other on nothing, the first at the bottom.
 * @param size width and height in pixels
 * @param unit width and height of the drawing in its own unit
 * @returns red, green, blue, alpha of each pixel, row by row from the top
 */
export function paint(layers: readonly Layer[], size: number, unit: number): Uint8Array {
  const pixels = new Uint8Array(size * size * 4);
  const scale = unit / size;
  for (let index = 0; index < size * size; index++) {
    const point: Point = [((index % size) + 0.5) * scale, (Math.floor(index / size) + 0.5) * scale];
    let colour: Colour = [0, 0, 0];
    let alpha = 0;
    for (const { shape, fill } of layers) {
      // An edge that goes through the middle of a pixel covers half of it.
      const coverage = Math.min(Math.max(0.5 - shape(point) / scale, 0), 1);
      if (coverage === 0) continue;
      const together = coverage + alpha * (1 - coverage);
      colour = mix(colour, fill(point), coverage / together);
      alpha = together;
    }
    pixels.set([...colour.map(Math.round), Math.round(alpha * 255)], index * 4);
  }
  return pixels;
}

function mix(first: Colour, second: Colour, share: number): Colour {
  const between = (a: number, b: number) => a + (b - a) * share;
  return [between(first[0], second[0]), between(first[1], second[1]), between(first[2], second[2])];
}
